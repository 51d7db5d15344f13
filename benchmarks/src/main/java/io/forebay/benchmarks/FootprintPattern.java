package io.forebay.benchmarks;

import java.util.Locale;
import java.util.SplittableRandom;

/** What each event loop does with buffers before it lets go of them. */
enum FootprintPattern {
    /** Replaced one by one at random; then all are released. */
    ALL_RELEASED("8192 live, all released", 8192, Sizes.WEB_SOCKET_PROXY, /* keptOneIn= */ 0),
    /** The same, but every tenth, drawn at random, stays. */
    TENTH_LEFT("8192 live, a tenth left", 8192, Sizes.WEB_SOCKET_PROXY, /* keptOneIn= */ 10),
    /** As many as few connections need. */
    FEW_LIVE("128 live, all released", 128, Sizes.WEB_SOCKET_PROXY, /* keptOneIn= */ 0),
    /** Large ones, all released and all allocated anew again and again. */
    LARGE_BURST("bursts of 64 of 64 KiB to 4 MiB", 64, Sizes.LARGE, /* keptOneIn= */ 0);

    private enum Sizes {
        WEB_SOCKET_PROXY,
        LARGE
    }

    private static final int SMALLEST_LARGE_BYTES = 64 << 10;
    private static final int LARGEST_LARGE_BYTES = 4 << 20;

    final String title;

    /** How many buffers a loop holds at a time. */
    final int live;

    private final Sizes sizes;
    private final int keptOneIn;

    FootprintPattern(String title, int live, Sizes sizes, int keptOneIn) {
        this.title = title;
        this.live = live;
        this.sizes = sizes;
        this.keptOneIn = keptOneIn;
    }

    /** As it is written on the command line and in file names. */
    String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The pattern of that {@link #word}. */
    static FootprintPattern of(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    /** Whether buffers come and go all at once, instead of one by one. */
    boolean inBursts() {
        return sizes == Sizes.LARGE;
    }

    /** Whether a buffer stays when the load ends. */
    boolean keeps(SplittableRandom random) {
        return keptOneIn > 0 && random.nextInt(keptOneIn) == 0;
    }

    /** Draws {@code length} sizes in bytes. */
    int[] draw(int length, SplittableRandom random) {
        return switch (sizes) {
            case WEB_SOCKET_PROXY -> SizePattern.webSocketProxy().draw(length, random);
            case LARGE ->
                // Each doubling as often as the others.
                random.doubles(length)
                        .mapToInt(x -> (int) (SMALLEST_LARGE_BYTES
                                * Math.pow((double) LARGEST_LARGE_BYTES / SMALLEST_LARGE_BYTES, x)))
                        .toArray();
        };
    }
}
