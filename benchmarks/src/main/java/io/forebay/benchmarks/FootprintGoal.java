package io.forebay.benchmarks;

import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * What Forebay is to reach in one row.
 *
 * @param pattern of the row
 * @param figure of the row
 * @param atMost Forebay's figure over the yardstick's
 * @param yardstick what it is compared with
 */
record FootprintGoal(FootprintPattern pattern, FootprintFigure figure, double atMost, Yardstick yardstick) {
    enum Yardstick {
        BEST_PEER("the best peer"),
        OWN_PEAK("its peak");

        final String words;

        Yardstick(String words) {
            this.words = words;
        }
    }

    private static final double A_THIRD = 1.0 / 3;

    static final List<FootprintGoal> ALL = List.of(
            ofPeer(FootprintPattern.ALL_RELEASED, FootprintFigure.RESERVED_LOADED, 0.95),
            ofPeak(FootprintPattern.ALL_RELEASED, FootprintFigure.RESERVED_TWO_CYCLES, 0.05),
            ofPeak(FootprintPattern.ALL_RELEASED, FootprintFigure.RESIDENT_TWO_CYCLES, A_THIRD),
            ofPeer(FootprintPattern.TENTH_LEFT, FootprintFigure.RESERVED_TWO_CYCLES, 1),
            ofPeer(FootprintPattern.TENTH_LEFT, FootprintFigure.RESIDENT_TWO_CYCLES, 1),
            ofPeer(FootprintPattern.FEW_LIVE, FootprintFigure.RESERVED_LOADED, 0.5),
            ofPeer(FootprintPattern.LARGE_BURST, FootprintFigure.RESERVED_LOADED, 0.95),
            ofPeak(FootprintPattern.LARGE_BURST, FootprintFigure.RESERVED_TWO_CYCLES, 0.05),
            ofPeak(FootprintPattern.LARGE_BURST, FootprintFigure.RESIDENT_TWO_CYCLES, A_THIRD));

    private static FootprintGoal ofPeer(FootprintPattern pattern, FootprintFigure figure, double atMost) {
        return new FootprintGoal(pattern, figure, atMost, Yardstick.BEST_PEER);
    }

    private static FootprintGoal ofPeak(FootprintPattern pattern, FootprintFigure figure, double atMost) {
        return new FootprintGoal(pattern, figure, atMost, Yardstick.OWN_PEAK);
    }

    /** In words. */
    String words() {
        return String.format(Locale.ROOT, "at most %.2f of %s", atMost, yardstick.words);
    }

    /** What was reached; empty where nothing was measured to compare with. */
    OptionalDouble ratio(FootprintRun run) {
        OptionalDouble own = run.median(pattern, figure, AllocatorKind.FOREBAY);
        OptionalDouble other = yardstick == Yardstick.OWN_PEAK
                ? run.median(pattern, peakOf(figure), AllocatorKind.FOREBAY)
                : run.bestPeer(pattern, figure);
        if (own.isEmpty() || other.isEmpty() || other.getAsDouble() <= 0) {
            return OptionalDouble.empty();
        }
        return OptionalDouble.of(own.getAsDouble() / other.getAsDouble());
    }

    private static FootprintFigure peakOf(FootprintFigure figure) {
        return figure == FootprintFigure.RESIDENT_TWO_CYCLES
                ? FootprintFigure.RESIDENT_PEAK
                : FootprintFigure.RESERVED_PEAK;
    }
}
