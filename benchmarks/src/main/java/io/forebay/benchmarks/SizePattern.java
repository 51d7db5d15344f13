package io.forebay.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;

/** How often a real program asks for a buffer of each size. */
final class SizePattern {
    private static final String WEB_SOCKET_PROXY = "web-socket-proxy-sizes.csv";

    private final int[] sizes;
    private final int[] cumulativeCounts; // ascending; the last is the number of all allocations

    private SizePattern(int[] sizes, int[] counts) {
        this.sizes = sizes;
        cumulativeCounts = counts.clone();
        Arrays.parallelPrefix(cumulativeCounts, Integer::sum);
    }

    /** The sizes Netty's own developers measure with. */
    static SizePattern webSocketProxy() {
        var stream = Objects.requireNonNull(SizePattern.class.getResourceAsStream(WEB_SOCKET_PROXY), WEB_SOCKET_PROXY);
        try (var reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
            return parse(reader.lines().toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Lines of {@code bytes,count}; those that start with {@code #} are comments. */
    static SizePattern parse(List<String> lines) {
        List<String[]> rows = lines.stream()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.split(",", -1))
                .toList();
        int[] sizes = rows.stream().mapToInt(row -> Integer.parseInt(row[0])).toArray();
        int[] counts = rows.stream().mapToInt(row -> Integer.parseInt(row[1])).toArray();
        return new SizePattern(sizes, counts);
    }

    /** Draws {@code length} sizes, each as often as it occurs in the pattern. */
    int[] draw(int length, SplittableRandom random) {
        int allocations = cumulativeCounts[cumulativeCounts.length - 1];
        return random.ints(length, 0, allocations).map(this::sizeAt).toArray();
    }

    private int sizeAt(int allocation) {
        int found = Arrays.binarySearch(cumulativeCounts, allocation + 1);
        return sizes[found >= 0 ? found : -found - 1];
    }
}
