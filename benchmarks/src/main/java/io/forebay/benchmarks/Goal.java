package io.forebay.benchmarks;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/**
 * What is to be reached in one group of cases: Forebay's time over the best peer's.
 *
 * @param question in words
 * @param atMost the ratio to reach in every case on JDK 17; not a number if none is set
 * @param benchmark the class, and the method or the beginning of its name
 * @param parameter which parameter tells the cases apart, {@code size} or {@code live}
 * @param cases the values of that parameter
 * @param peers whom to compare with
 */
record Goal(
        String question, double atMost, String benchmark, String parameter, IntPredicate cases, List<String> peers) {
    private static final List<String> NETTY = List.of("ADAPTIVE", "POOLED");
    private static final double NONE_SET = Double.NaN;
    private static final double NEWER_JDK = 1.1; // the same goals there, within a tenth
    private static final int SMALL_BYTES = 16 << 10; // what Adaptive serves from its thread-local magazines

    static final List<Goal> ALL = List.of(
            sized("allocate and release, up to 16 KiB", 0.55, "AllocateReleaseBenchmark.allocateRelease", true),
            sized("allocate and release, 32 KiB to 4 MiB", 0.20, "AllocateReleaseBenchmark.allocateRelease", false),
            of(
                    "allocate and release, up to 16 KiB, default leak detection",
                    NONE_SET, // most of it is Netty's detector, the same for all
                    "AllocateReleaseBenchmark.allocateRelease-leak-detection",
                    "size",
                    size -> size <= SMALL_BYTES),
            sized("burst of 64, up to 16 KiB", 0.35, "BurstBenchmark.", true),
            sized("burst of 64, above", 0.20, "BurstBenchmark.", false),
            of("web socket proxy's sizes, 128 live", 0.60, "WebSocketProxyBenchmark.", "live", live -> live == 128),
            of("web socket proxy's sizes, 8192 live", 0.45, "WebSocketProxyBenchmark.", "live", live -> live == 8192),
            of("allocate, write and read 16 longs, release", 0.45, "WriteReadBenchmark.", "size", size -> true),
            of("grow from 256 B to 64 KiB", 0.50, "GrowBenchmark.", "", size -> true),
            of("hand-off, 1 KiB", 0.70, "HandOffBenchmark.handOff", "size", size -> size == 1024),
            of("hand-off, 64 KiB", 0.40, "HandOffBenchmark.handOff", "size", size -> size == 65536),
            of("2 and 8 plain threads", 0.60, "OtherThreadsBenchmark.platform", "size", size -> true),
            of("2 and 8 virtual threads", 0.60, "OtherThreadsBenchmark.virtual", "size", size -> true),
            access("get and set a long, to Netty's plain buffer", "AccessBenchmark.[gs]etLong", "UNPOOLED"),
            access("get and set a long, to Adaptive", "AccessBenchmark.[gs]etLong", "ADAPTIVE"),
            access("copy 4 KiB, to Netty's plain buffer", "AccessBenchmark.copy", "UNPOOLED"),
            access("copy 4 KiB, to Adaptive", "AccessBenchmark.copy", "ADAPTIVE"));

    /** Where garbage is counted besides. */
    static final List<Goal> GARBAGE = List.of(
            garbage("allocate and release", "AllocateReleaseBenchmark.allocateRelease"),
            garbage("burst of 64, for each buffer", "BurstBenchmark."),
            garbage("web socket proxy's sizes", "WebSocketProxyBenchmark."),
            garbage("allocate, write and read 16 longs, release", "WriteReadBenchmark."),
            garbage("grow from 256 B to 64 KiB", "GrowBenchmark."),
            garbage("hand-off", "HandOffBenchmark.handOff"),
            garbage("plain and virtual threads", "OtherThreadsBenchmark."),
            garbage("through a retained slice that stays in a method", "RetainedSliceBenchmark.allocateSliceRelease"),
            garbage("through a retained slice that is handed on", "RetainedSliceBenchmark.allocateSliceHandOn"),
            garbage("through an NIO channel's write", "ChannelWriteBenchmark."));

    private static Goal sized(String question, double atMost, String benchmark, boolean small) {
        return of(question, atMost, benchmark, "size", size -> (size <= SMALL_BYTES) == small);
    }

    private static Goal of(String question, double atMost, String benchmark, String parameter, IntPredicate cases) {
        return new Goal(question, atMost, benchmark, parameter, cases, NETTY);
    }

    private static Goal garbage(String question, String benchmark) {
        return of(question, 1.00, benchmark, "", size -> true);
    }

    private static Goal access(String question, String benchmark, String peer) {
        return new Goal(question, 1.00, benchmark, "", size -> true, List.of(peer));
    }

    boolean isSet() {
        return !Double.isNaN(atMost);
    }

    /** Whether a ratio reaches it; none does where none is set. */
    boolean isReachedBy(double ratio, boolean newerJdk) {
        return ratio <= (newerJdk ? NEWER_JDK : 1) * atMost;
    }

    /** The ratios of the cases that were measured, ascending, by what of each contestant is compared. */
    double[] ratios(List<Measurement> measurements, ToDoubleFunction<Measurement> score) {
        return cases(measurements, score).flatMapToDouble(this::ratio).sorted().toArray();
    }

    /** Garbage in each case that was measured, Forebay's beside the best peer's: bytes per operation. */
    List<Garbage> garbage(List<Measurement> measurements) {
        return cases(measurements, Measurement::bytesPerOperation)
                .filter(bytes -> bytes.containsKey("FOREBAY"))
                .map(bytes -> new Garbage(bytes.get("FOREBAY"), best(bytes)))
                .filter(garbage -> !Double.isNaN(garbage.ours() + garbage.best()))
                .toList();
    }

    /**
     * Of one case, in bytes per operation.
     *
     * @param ours Forebay's
     * @param best the least of the peers'
     */
    record Garbage(double ours, double best) {
        /** None, or no more than the best: what is below a byte is not the operation's own. */
        boolean isReached() {
            return ours < 1 || ours <= best;
        }
    }

    /** What each contestant scored, in each case. */
    private Stream<Map<String, Double>> cases(List<Measurement> measurements, ToDoubleFunction<Measurement> score) {
        Map<Map<String, String>, Map<String, Double>> scores = new HashMap<>();
        for (Measurement measurement : measurements) {
            if (isCase(measurement)) {
                var key = new HashMap<>(measurement.parameters());
                String contestant = key.remove("allocator");
                key.put("benchmark", measurement.benchmark());
                key.put("threads", Integer.toString(measurement.threads()));
                scores.computeIfAbsent(key, unused -> new HashMap<>())
                        .put(contestant, score.applyAsDouble(measurement));
            }
        }
        return scores.values().stream();
    }

    private boolean isCase(Measurement measurement) {
        String value = measurement.parameters().get(parameter);
        return measurement.benchmark().matches(benchmark + "[^-]*")
                && (value == null || cases.test(Integer.parseInt(value)));
    }

    private DoubleStream ratio(Map<String, Double> scores) {
        Double forebay = scores.get("FOREBAY");
        double best = best(scores);
        return forebay == null || Double.isNaN(best) ? DoubleStream.empty() : DoubleStream.of(forebay / best);
    }

    private double best(Map<String, Double> scores) {
        return peers.stream()
                .filter(scores::containsKey)
                .mapToDouble(scores::get)
                .min()
                .orElse(Double.NaN);
    }
}
