package io.forebay.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Writes {@code summary.json}, {@code results.md} and {@code server.svg} beside the raw outputs of one run of {@code
 * server.sh}.
 */
public final class ServerReport {
    private final List<ServerRow> rows;
    private final List<String> problems;
    private final List<AllocatorKind> allocators;
    private final List<AllocatorKind> twice; // those with a second server

    private ServerReport(ServerRun run) {
        rows = run.rows();
        problems = run.problems();
        allocators = kinds(ServerRow::rounds);
        twice = kinds(ServerRow::again);
    }

    private List<AllocatorKind> kinds(Function<ServerRow, Map<AllocatorKind, ?>> contestants) {
        return Stream.of(AllocatorKind.values())
                .filter(kind -> rows.stream().map(contestants).anyMatch(of -> of.containsKey(kind)))
                .toList();
    }

    /**
     * Takes one argument: the directory of the run.
     *
     * @throws IllegalStateException if requests failed, a server leaked or a load fell behind; all is written by then
     */
    public static void main(String[] args) throws IOException {
        if (args.length != 1) {
            throw new IllegalArgumentException("usage: ServerReport <directory of one run>");
        }
        Path directory = Path.of(args[0]);
        ServerReport report = new ServerReport(ServerRun.read(directory));
        write(directory.resolve("summary.json"), report.json());
        write(directory.resolve("results.md"), report.markdown());
        write(directory.resolve("server.svg"), ServerChart.svg(report.rows, report.allocators));
        if (!report.problems.isEmpty()) {
            throw new IllegalStateException("not fit for publication: " + String.join("; ", report.problems));
        }
    }

    private String markdown() {
        var text = new StringBuilder();
        text.append(
                "Medians over the rounds, smallest and largest in brackets. The last columns compare Forebay with a peer ");
        text.append("in each round, where their loads took turns: above 1, Forebay is better. ");
        twice.forEach(kind -> text.append("\"")
                .append(kind)
                .append(" to itself\" compares a second server of it with its first ")
                .append("likewise: what differs there is chance, and the place in the order. "));
        text.append("Command and machine are in ");
        text.append("`environment.txt`, what the load generators said in `raw`.\n\n![chart](server.svg)\n\n");
        text.append("| measure | load |");
        allocators.forEach(kind -> text.append(' ').append(kind).append(" |"));
        peers().forEach(kind -> text.append(" Forebay to ").append(kind).append(" |"));
        twice.forEach(kind -> text.append(' ').append(kind).append(" to itself |"));
        text.append("\n|---|---|")
                .append("---:|".repeat(allocators.size() + peers().size() + twice.size()))
                .append('\n');
        rows.forEach(row -> text.append(line(row)));
        if (!problems.isEmpty()) {
            text.append("\nNot fit for publication:\n\n");
            problems.forEach(problem -> text.append("- ").append(problem).append('\n'));
        }
        return text.toString();
    }

    private String line(ServerRow row) {
        var line = new StringBuilder();
        line.append("| ").append(row.measure().title).append(", ").append(row.measure().unit);
        line.append(" | ").append(row.load()).append(" |");
        for (AllocatorKind kind : allocators) {
            line.append(' ').append(cell(row, kind)).append(" |");
        }
        for (AllocatorKind peer : peers()) {
            line.append(' ').append(ratios(row.ratios(peer))).append(" |");
        }
        for (AllocatorKind kind : twice) {
            line.append(' ').append(ratios(row.ratiosToItself(kind))).append(" |");
        }
        return line.append('\n').toString();
    }

    private List<AllocatorKind> peers() {
        return allocators.stream().filter(kind -> kind != AllocatorKind.FOREBAY).toList();
    }

    private static String ratios(double[] sorted) {
        if (sorted.length == 0) {
            return "";
        }
        String median = String.format(Locale.ROOT, "%.2f", ServerRow.median(sorted));
        return sorted.length == 1
                ? median
                : median + String.format(Locale.ROOT, " (%.2f to %.2f)", sorted[0], sorted[sorted.length - 1]);
    }

    private static String cell(ServerRow row, AllocatorKind kind) {
        Map<Integer, Double> rounds = row.rounds().get(kind);
        if (rounds == null) {
            return "";
        }
        String median = number(row.median(kind));
        return rounds.size() == 1
                ? median
                : median + " (" + number(row.min(kind)) + " to " + number(row.max(kind)) + ")";
    }

    private String json() throws IOException {
        ObjectNode summary = JsonNodeFactory.instance.objectNode();
        var list = summary.putArray("rows");
        for (ServerRow row : rows) {
            ObjectNode node = list.addObject();
            node.put("measure", row.measure().title).put("load", row.load()).put("unit", row.measure().unit);
            node.put("better", row.measure().moreIsBetter ? "more" : "less");
            row.rounds().forEach((kind, rounds) -> {
                ObjectNode contestant = node.putObject(kind.name());
                contestant.put("median", row.median(kind));
                rounds.values().forEach(contestant.putArray("rounds")::add);
            });
            row.again()
                    .forEach((kind, rounds) -> rounds.values()
                            .forEach(node.putObject(kind.name() + "_AGAIN").putArray("rounds")::add));
            row.ratio().ifPresent(ratio -> node.put("forebayToBestPeer", ratio));
        }
        problems.forEach(summary.putArray("problems")::add);
        return new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(summary) + "\n";
    }

    /** Three digits that mean something, as far as needed. */
    static String number(double value) {
        int decimals = value < 1 ? 3 : value < 10 ? 2 : value < 100 ? 1 : 0;
        return String.format(Locale.ROOT, "%." + decimals + "f", value);
    }

    private static void write(Path file, String text) throws IOException {
        Files.writeString(file, text, StandardCharsets.UTF_8);
    }
}
