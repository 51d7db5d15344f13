package io.forebay.netty;

import io.forebay.pool.BudgetStats;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** The state of an allocator as text for a person. */
final class Dump {
    private static final String CLASS_FORMAT = "  %14s %10s %10s %10s %12s %12s %8s %16s %16s%n";
    private static final String LOOP_FORMAT = "  %-32s %10s %16s %10s %16s%n";

    /** As many lines as fit a screen with the rest. */
    private static final int MAX_BUDGETS = 20;

    private final StringBuilder text = new StringBuilder();

    void title(String allocator) {
        line("ForebayAllocator %s%n", allocator);
    }

    void kind(String kind, MemoryStats stats, List<ClassStats> classes, List<LoopStats> loops) {
        line(
                "%s: reserved %,d B = in use %,d + idle %,d + victim %,d + unusable %,d (of these retired %,d)%n",
                kind,
                stats.reservedBytes(),
                stats.inUseBytes(),
                stats.idleBytes(),
                stats.victimBytes(),
                stats.unusableBytes(),
                stats.retiredBytes());
        line(
                "  buffers: created %,d = in use %,d + idle %,d + victim %,d + destroyed %,d + leaked %,d%n",
                stats.created(), stats.inUse(), stats.idle(), stats.victim(), stats.destroyed(), stats.leaked());
        if (!classes.isEmpty()) {
            line(
                    CLASS_FORMAT,
                    "class B",
                    "in use",
                    "idle",
                    "victim",
                    "created",
                    "destroyed",
                    "leaked",
                    "in use B",
                    "idle B");
            classes.forEach(this::sizeClass);
        }
        if (!loops.isEmpty()) {
            line(LOOP_FORMAT, "event loop", "idle", "idle B", "returning", "returning B");
            loops.forEach(this::loop);
        }
    }

    private void sizeClass(ClassStats stats) {
        line(
                CLASS_FORMAT,
                stats.capacityBytes() == ClassStats.UNPOOLED ? "unpooled" : number(stats.capacityBytes()),
                number(stats.inUse()),
                number(stats.idle()),
                number(stats.victim()),
                number(stats.created()),
                number(stats.destroyed()),
                number(stats.leaked()),
                number(stats.inUseBytes()),
                number(stats.idleBytes() + stats.victimBytes()));
    }

    private void loop(LoopStats stats) {
        line(
                LOOP_FORMAT,
                stats.thread(),
                number(stats.idle()),
                number(stats.idleBytes()),
                number(stats.returning()),
                number(stats.returningBytes()));
    }

    /** Limits and what is charged to them: those with the most in use, as a program may have one for each connection. */
    void budgets(List<BudgetStats> budgets) {
        List<BudgetStats> most = budgets.stream()
                .sorted(Comparator.comparingLong(BudgetStats::usedBytes).reversed())
                .toList();
        most.stream().limit(MAX_BUDGETS).forEach(this::budget);
        if (most.size() > MAX_BUDGETS) {
            line("and %,d budgets more, none of which has more in use%n", most.size() - MAX_BUDGETS);
        }
    }

    private void budget(BudgetStats stats) {
        String limit =
                stats.limitBytes() == Long.MAX_VALUE ? "no limit" : "a limit of " + number(stats.limitBytes()) + " B";
        String waiting = stats.waiting() == 0 ? "" : String.format(Locale.ROOT, "; %,d wait for room", stats.waiting());
        line(
                "budget %s: %,d B of %s, at most %,d%s%n",
                stats.name(), stats.usedBytes(), limit, stats.peakBytes(), waiting);
    }

    /** What is in use, or nothing if nothing is: "direct: 2 buffers of 512 B; heap: 1 of 64 B". */
    static String outstanding(List<ClassStats> direct, List<ClassStats> heap) {
        String inDirect = outstanding("direct", direct);
        String inHeap = outstanding("heap", heap);
        return inDirect + (inDirect.isEmpty() || inHeap.isEmpty() ? "" : "; ") + inHeap;
    }

    private static String outstanding(String kind, List<ClassStats> classes) {
        StringBuilder text = new StringBuilder();
        for (ClassStats stats : classes) {
            if (stats.inUse() > 0) {
                text.append(text.isEmpty() ? kind + ": " : ", ")
                        .append(number(stats.inUse()))
                        .append(
                                stats.capacityBytes() == ClassStats.UNPOOLED
                                        ? " unpooled of together " + number(stats.inUseBytes()) + " B"
                                        : " of " + number(stats.capacityBytes()) + " B");
            }
        }
        return text.toString();
    }

    private static String number(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    @SuppressWarnings("FormatStringAnnotation") // always one of the constants above
    private void line(String format, Object... values) {
        text.append(String.format(Locale.ROOT, format.replace("%n", "\n"), values));
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
