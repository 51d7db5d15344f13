package io.forebay.benchmarks;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A bar per contestant for throughput, the percentiles of the tail and memory, as SVG. Each group of bars has a scale of
 * its own that starts at zero; a thin line goes from the smallest round to the largest.
 */
final class ServerChart {
    private static final Set<ServerMeasure> SHOWN = EnumSet.of(
            ServerMeasure.THROUGHPUT,
            ServerMeasure.P99,
            ServerMeasure.P999,
            ServerMeasure.RESIDENT,
            ServerMeasure.HELD);

    private static final int WIDTH = 760;
    private static final int BARS_X = 180;
    private static final int BARS_WIDTH = 470; // leaves room for the number behind the longest
    private static final int BAR_HEIGHT = 13;
    private static final int BAR_STEP = 16;
    private static final int GROUP_GAP = 12;
    private static final int TITLE_HEIGHT = 34;

    private final List<AllocatorKind> allocators;
    private final List<String> elements = new ArrayList<>();
    private int y = 20;

    private ServerChart(List<AllocatorKind> allocators) {
        this.allocators = allocators;
    }

    static String svg(List<ServerRow> rows, List<AllocatorKind> allocators) {
        var chart = new ServerChart(allocators);
        chart.legend();
        for (ServerMeasure measure : SHOWN) {
            List<ServerRow> group =
                    rows.stream().filter(row -> row.measure() == measure).toList();
            if (!group.isEmpty()) {
                chart.title(measure);
                group.forEach(chart::bars);
            }
        }
        return chart.document();
    }

    private void legend() {
        int x = BARS_X;
        for (AllocatorKind kind : allocators) {
            add("<rect x='%d' y='%d' width='12' height='12' fill='%s'/>", x, y - 10, colour(kind));
            text(x + 18, y, "start", kind.name());
            x += 120;
        }
        y += GROUP_GAP;
    }

    private void title(ServerMeasure measure) {
        y += TITLE_HEIGHT;
        String direction = measure.moreIsBetter ? "more is better" : "less is better";
        add(
                "<text x='16' y='%d' font-weight='bold'>%s, %s (%s)</text>",
                y - GROUP_GAP, measure.title, measure.unit, direction);
    }

    private void bars(ServerRow row) {
        double largest =
                row.rounds().keySet().stream().mapToDouble(row::max).max().orElse(0);
        double pixels = largest > 0 ? BARS_WIDTH / largest : 0;
        text(BARS_X - 10, y + BAR_STEP * allocators.size() / 2 + 3, "end", row.load());
        for (AllocatorKind kind : allocators) {
            if (row.rounds().containsKey(kind)) {
                bar(row, kind, pixels);
            }
            y += BAR_STEP;
        }
        y += GROUP_GAP;
    }

    private void bar(ServerRow row, AllocatorKind kind, double pixels) {
        double middle = y + BAR_HEIGHT / 2.0;
        double end = BARS_X + row.max(kind) * pixels;
        add(
                "<rect x='%d' y='%d' width='%.1f' height='%d' fill='%s'/>",
                BARS_X, y, row.median(kind) * pixels, BAR_HEIGHT, colour(kind));
        add(
                "<line x1='%.1f' y1='%.1f' x2='%.1f' y2='%.1f' stroke='#222'/>",
                BARS_X + row.min(kind) * pixels, middle, end, middle);
        text((int) end + 6, y + BAR_HEIGHT - 2, "start", ServerReport.number(row.median(kind)));
    }

    /** Told apart by all eyes. */
    private static String colour(AllocatorKind kind) {
        return switch (kind) {
            case FOREBAY -> "#0072b2";
            case ADAPTIVE -> "#e69f00";
            case POOLED -> "#8c8c8c";
            case UNPOOLED -> "#cc79a7";
        };
    }

    private void text(int x, int baseline, String anchor, String text) {
        add("<text x='%d' y='%d' text-anchor='%s'>%s</text>", x, baseline, anchor, text);
    }

    /** White behind it all: pages may be dark. */
    private String document() {
        String size = String.format(Locale.ROOT, "width='%d' height='%d' viewBox='0 0 %d %d'", WIDTH, y, WIDTH, y);
        return "<svg xmlns='http://www.w3.org/2000/svg' " + size
                + " font-family='sans-serif' font-size='12' fill='#222'>\n<rect width='100%' height='100%' fill='white'/>\n"
                + String.join("\n", elements) + "\n</svg>\n";
    }

    @SuppressWarnings("AnnotateFormatMethod") // private, and called with literals only
    private void add(String format, Object... values) {
        elements.add(String.format(Locale.ROOT, format, values));
    }
}
