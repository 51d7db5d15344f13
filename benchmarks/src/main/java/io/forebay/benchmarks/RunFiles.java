package io.forebay.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The JSON files in the directory of a run: {@code <question>.json}, and {@code <question>.round2.json} where it was asked again. */
final class RunFiles {
    private static final Pattern NAME = Pattern.compile("(.*?)(?:\\.round\\d+)?\\.json");

    private RunFiles() {}

    /** Of each question, by its name, the files of all rounds. */
    static Map<String, List<Path>> questions(Path run) throws IOException {
        Map<String, List<Path>> questions = new TreeMap<>();
        try (Stream<Path> files = Files.list(run)) {
            for (Path file : files.sorted().toList()) {
                Matcher name = NAME.matcher(file.getFileName().toString());
                if (name.matches()) {
                    questions
                            .computeIfAbsent(name.group(1), unused -> new ArrayList<>())
                            .add(file);
                }
            }
        }
        return questions;
    }

    /** What the rounds of a question measured; of a case that was measured in several of them, all. */
    static List<Measurement> read(List<Path> rounds) throws IOException {
        Map<Measurement.Case, Measurement> cases = new LinkedHashMap<>();
        for (Path round : rounds) {
            for (Measurement measured : Measurement.read(round)) {
                cases.merge(measured.ofCase(), measured, Measurement::with);
            }
        }
        return List.copyOf(cases.values());
    }
}
