package io.forebay.benchmarks;

import io.forebay.benchmarks.FootprintTimeline.Sample;
import java.util.function.ToLongFunction;

/** The rows of the footprint's table, in bytes. Resident memory is what the process has grown by since before the load. */
enum FootprintFigure {
    ASKED_LOADED("asked for, under load", run -> run.at("loaded").asked()),
    RESERVED_LOADED("reserved, under load", run -> run.at("loaded").reserved()),
    RESERVED_PEAK("reserved, at its peak", run -> run.peak(Sample::reserved)),
    RESERVED_RELEASED(
            "reserved, right after the release", run -> run.at("released").reserved()),
    RESERVED_ONE_CYCLE("reserved, a cycle later", run -> run.at("one-cycle").reserved()),
    RESERVED_TWO_CYCLES(
            "reserved, two cycles later", run -> run.at("two-cycles").reserved()),
    RESIDENT_PEAK(
            "resident, at its peak",
            run -> run.peak(Sample::resident) - run.at("before").resident()),
    RESIDENT_ONE_CYCLE("resident, a cycle later", run -> grownBy(run, "one-cycle")),
    RESIDENT_TWO_CYCLES("resident, two cycles later", run -> grownBy(run, "two-cycles"));

    final String title;

    @SuppressWarnings("ImmutableEnumChecker") // lambdas that hold nothing
    private final ToLongFunction<FootprintTimeline> bytes;

    FootprintFigure(String title, ToLongFunction<FootprintTimeline> bytes) {
        this.title = title;
        this.bytes = bytes;
    }

    private static long grownBy(FootprintTimeline run, String moment) {
        return run.at(moment).resident() - run.at("before").resident();
    }

    long of(FootprintTimeline run) {
        return bytes.applyAsLong(run);
    }
}
