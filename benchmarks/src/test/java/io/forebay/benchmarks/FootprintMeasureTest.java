package io.forebay.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.netty.ForebayAllocator;
import io.netty.util.concurrent.DefaultEventExecutor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class FootprintMeasureTest {
    private static final int PATIENCE_SECONDS = 60;

    @TempDir
    private Path directory;

    @Test
    @EnabledOnOs(OS.LINUX)
    void aProcessPrintsEveryMomentOnce() throws Exception {
        List<String> lines = new ArrayList<>();
        FootprintMeasure.run(new String[] {"forebay", "few-live", "1", "1"}, lines::add);

        FootprintTimeline run = FootprintTimeline.read(Files.write(directory.resolve("run.tsv"), lines));
        for (String moment : List.of("before", "loaded", "released", "one-cycle", "two-cycles")) {
            assertThat(run.samples()).filteredOn(s -> s.moment().equals(moment)).hasSize(1);
        }
        assertThat(run.at("before").reserved()).isZero();
        assertThat(run.at("loaded").asked()).isPositive();
        assertThat(run.at("loaded").reserved()).isGreaterThan(run.at("loaded").asked());
        assertThat(run.at("released").asked()).isZero();
        assertThat(run.at("two-cycles").resident()).isPositive();
    }

    @ParameterizedTest
    @EnumSource
    void aLoopHoldsWhatThePatternSaysAndReleasesTheRestInTheEnd(FootprintPattern pattern) throws Exception {
        try (ForebayAllocator allocator = ForebayAllocator.create()) {
            var executor = new DefaultEventExecutor();
            var loop = new FootprintLoop(executor, allocator, pattern, 7);

            loop.load(System.nanoTime()).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertThat(allocator.metric().direct().inUse()).isEqualTo(pattern.live);
            long loaded = loop.askedBytes();
            assertThat(loaded).isPositive();

            loop.release().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (pattern == FootprintPattern.TENTH_LEFT) {
                assertThat(loop.askedBytes()).isBetween(loaded / 20, loaded / 5);
            } else {
                assertThat(loop.askedBytes()).isZero();
            }

            loop.releaseRest().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertThat(loop.askedBytes()).isZero();
            assertThat(allocator.metric().direct().inUse()).isZero();
            executor.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }

    @Test
    void aFailureOnTheLoopEndsTheMeasurement() throws Exception {
        try (ForebayAllocator allocator =
                ForebayAllocator.builder().maxMemory(1 << 20).build()) {
            var executor = new DefaultEventExecutor();
            var loop = new FootprintLoop(executor, allocator, FootprintPattern.LARGE_BURST, 7);

            assertThatThrownBy(() -> loop.load(System.nanoTime()).get(PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(OutOfMemoryError.class);

            loop.releaseRest().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertThat(allocator.metric().direct().inUse()).isZero();
            executor.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }

    @Test
    void largeBuffersAreOfEverySizeFrom64KibTo4Mib() {
        int[] sizes = FootprintPattern.LARGE_BURST.draw(10_000, new SplittableRandom(1));

        assertThat(Arrays.stream(sizes))
                .allMatch(size -> size >= 64 << 10 && size <= 4 << 20)
                .anyMatch(size -> size < 80 << 10)
                .anyMatch(size -> size > 3 << 20);
    }

    @ParameterizedTest
    @EnumSource
    void aPatternHasAWord(FootprintPattern pattern) {
        assertThat(FootprintPattern.of(pattern.word())).isSameAs(pattern);
    }

    @ParameterizedTest
    @ValueSource(strings = {"home", "elsewhere"})
    void cyclesAreTimed(String released) throws Exception {
        List<String> lines = measured(released, /* seconds= */ 1);
        for (int seconds = 4; seconds <= 16 && lines.size() == 2; seconds *= 4) {
            lines = measured(released, seconds); // the machine stood still for most of the time before
        }

        assertThat(lines).first().isEqualTo("nanos");
        assertThat(lines).last().asString().matches("# [1-9][0-9]* bursts of 8192 buffers.*");
        assertThat(lines.subList(1, lines.size() - 1)) // some may be shorter than the clock can tell
                .allMatch(line -> Long.parseLong(line) >= 0)
                .anyMatch(line -> Long.parseLong(line) > 0);
    }

    private static List<String> measured(String released, int seconds) throws Exception {
        List<String> lines = new ArrayList<>();
        CyclePauseMeasure.run(new String[] {released, Integer.toString(seconds)}, lines::add);
        return lines;
    }

    @Test
    void aTimedLoopTellsOfOthersTasksOnly() throws Exception {
        List<Long> nanos = new ArrayList<>();
        var loop = new TimedLoop(nanos::add);
        TimedLoop.Load own = () -> {};
        loop.execute(own);
        loop.submit(() -> {}).sync();
        loop.execute(own);
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();

        assertThat(nanos).hasSize(1);
    }
}
