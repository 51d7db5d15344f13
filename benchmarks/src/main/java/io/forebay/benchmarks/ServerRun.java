package io.forebay.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Collects what {@code server.sh} left below {@code raw}: a directory per round and allocator, as {@code 1-forebay}, and one more
 * for a second server of an allocator, as {@code 1-adaptive-again}. It holds the loads' outputs, {@code throughput-LOAD.txt} and {@code latency-LOAD.h2load.txt}, one turn after the other, the times in {@code
 * latency-LOAD.micros.tsv}, the memory in {@code resident-kib.tsv} and {@code metrics-MOMENT.txt}, and the server's output in {@code server.txt}.
 */
final class ServerRun {
    private static final Pattern SERVER = Pattern.compile("([0-9]+)-([a-z]+)(-again)?");
    private static final Pattern METRICS = Pattern.compile("metrics-([a-z]+)\\.txt");
    private static final Pattern FILE = Pattern.compile("(throughput|latency)-(.+?)\\.(h2load\\.txt|micros\\.tsv|txt)");

    /** Below this part of the rate it was asked for, a load fell behind: its times say little. */
    private static final double KEPT_PACE = 0.95;

    private final Map<ServerMeasure, Map<String, ServerRow>> rows = new EnumMap<>(ServerMeasure.class);
    private final List<String> problems = new ArrayList<>();

    // Of the server that is being read.
    private int round;
    private boolean again;

    private ServerRun() {}

    static ServerRun read(Path run) throws IOException {
        var result = new ServerRun();
        for (Path directory : sorted(run.resolve("raw"))) {
            Matcher name = SERVER.matcher(directory.getFileName().toString());
            if (name.matches()) {
                result.round = Integer.parseInt(name.group(1));
                result.again = name.group(3) != null;
                result.readServer(AllocatorKind.valueOf(name.group(2).toUpperCase(Locale.ROOT)), directory);
            }
        }
        return result;
    }

    /** By measure, then by load. */
    List<ServerRow> rows() {
        return rows.values().stream().flatMap(loads -> loads.values().stream()).toList();
    }

    /** What makes the numbers unfit, a sentence each: failed requests, leaks, a rate that was not kept. */
    List<String> problems() {
        return List.copyOf(problems);
    }

    private void readServer(AllocatorKind allocator, Path directory) throws IOException {
        for (Path file : sorted(directory)) {
            addHeld(allocator, file);
            Matcher name = FILE.matcher(file.getFileName().toString());
            if (!name.matches()) {
                continue;
            }
            if (name.group(3).equals("micros.tsv")) {
                addLatency(allocator, name.group(2), LatencyCounts.read(file));
                continue;
            }
            List<LoadOutput> turns = LoadOutput.each(Files.readString(file));
            turns.forEach(
                    output -> check(output, directory.getFileName() + ", " + name.group(1) + " of " + name.group(2)));
            if (name.group(1).equals("throughput")) {
                addThroughput(allocator, name.group(2), turns);
            }
        }
        addResident(allocator, directory.resolve("resident-kib.tsv"));
        if (Files.readString(directory.resolve("server.txt")).contains("LEAK")) {
            problems.add(directory.getFileName() + ": the server reports a leak");
        }
    }

    private void check(LoadOutput output, String what) {
        if (output.failures() > 0) {
            problems.add(what + ": " + output.failures() + " requests failed");
        }
        output.askedRequestsPerSecond().ifPresent(asked -> {
            if (output.requestsPerSecond() < asked * KEPT_PACE) {
                problems.add(String.format(
                        Locale.ROOT, "%s: %.0f requests/s of %.0f asked", what, output.requestsPerSecond(), asked));
            }
        });
    }

    private void addThroughput(AllocatorKind allocator, String load, List<LoadOutput> turns) {
        turns.stream()
                .mapToDouble(LoadOutput::requestsPerSecond)
                .average()
                .ifPresent(mean -> add(ServerMeasure.THROUGHPUT, load, allocator, mean));
        if (turns.stream().allMatch(turn -> turn.processorSeconds().isPresent())) {
            double seconds = turns.stream()
                    .map(LoadOutput::processorSeconds)
                    .mapToDouble(OptionalDouble::orElseThrow)
                    .sum();
            double requests = turns.stream().mapToDouble(LoadOutput::requests).sum();
            add(ServerMeasure.PROCESSOR, load, allocator, seconds * 1e6 / requests);
        }
    }

    private void addLatency(AllocatorKind allocator, String load, LatencyCounts counts) {
        add(ServerMeasure.P50, load, allocator, counts.quantileMillis(0.5));
        add(ServerMeasure.P99, load, allocator, counts.quantileMillis(0.99));
        add(ServerMeasure.P999, load, allocator, counts.quantileMillis(0.999));
    }

    /** Lines of moment, the kernel's name of the value, and KiB; the peak is the one read first. */
    private void addResident(AllocatorKind allocator, Path tsv) throws IOException {
        for (String line : Files.readAllLines(tsv)) {
            String[] columns = line.split("\t", -1);
            double mib = Long.parseLong(columns[2]) / 1024.0;
            boolean peak = columns[1].equals("VmHWM");
            if (!peak) {
                add(ServerMeasure.RESIDENT, columns[0], allocator, mib);
            } else if (columns[0].equals("loaded")) {
                add(ServerMeasure.RESIDENT, "peak", allocator, mib);
            }
        }
    }

    /** From the answer to GET /metrics, if the file is one. */
    private void addHeld(AllocatorKind allocator, Path file) throws IOException {
        Matcher name = METRICS.matcher(file.getFileName().toString());
        if (!name.matches()) {
            return;
        }
        double bytes = Files.readAllLines(file).stream()
                .filter(line -> line.startsWith("netty_allocator_memory_used{"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
        add(ServerMeasure.HELD, name.group(1), allocator, bytes / (1024 * 1024));
    }

    private void add(ServerMeasure measure, String load, AllocatorKind allocator, double value) {
        ServerRow row = rows.computeIfAbsent(measure, key -> new TreeMap<>())
                .computeIfAbsent(load, key -> ServerRow.empty(measure, load));
        row.add(allocator, again, round, value);
    }

    private static List<Path> sorted(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.sorted().toList();
        }
    }
}
