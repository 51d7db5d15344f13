package io.forebay.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.pool.MemoryBudget;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** From which slab a segment comes, and when a slab goes back. */
class SlabClassTest {
    private static final int SEGMENT_BYTES = 1 << 10;
    private static final int SEGMENTS = SlabClass.segments(SEGMENT_BYTES);

    private final MemoryBudget budget = MemoryBudget.create("slabs", 1 << 20);
    private final MemoryLimit limit = new MemoryLimit(budget, new NothingIdle());
    private final SlabClass slabs =
            new SlabClass(SEGMENT_BYTES, limit, new NativeTrim(Runnable::run, () -> {}, System::nanoTime));
    private final List<SlabClass.Segment> held = new ArrayList<>();

    static final class NothingIdle implements MemoryLimit.Reclaimer {
        @Override
        public <R> @Nullable R reclaimUntil(Supplier<? extends @Nullable R> attempt) {
            return attempt.get();
        }
    }

    @AfterEach
    void nothingIsLeft() {
        held.forEach(segment -> slabs.giveBack(segment.slab(), segment.offset()));
        assertThat(budget.used()).isZero();
    }

    private void take(int count) {
        for (int i = 0; i < count; i++) {
            held.add(slabs.take());
        }
    }

    private void giveBack(int at) {
        SlabClass.Segment segment = held.remove(at);
        slabs.giveBack(segment.slab(), segment.offset());
    }

    /** Of the slabs that segments are held of, how many. */
    private Map<Slab, Integer> live() {
        Map<Slab, Integer> live = new HashMap<>();
        held.forEach(segment -> live.merge(segment.slab(), 1, Integer::sum));
        return live;
    }

    @Test
    void aSlabGoesBackWithItsLastSegment() {
        take(2 * SEGMENTS);
        assertThat(budget.used()).isEqualTo(2L * SEGMENTS * SEGMENT_BYTES);
        for (int i = 0; i < SEGMENTS - 1; i++) {
            giveBack(0);
        }
        assertThat(budget.used()).isEqualTo(2L * SEGMENTS * SEGMENT_BYTES);
        giveBack(0);
        assertThat(budget.used()).isEqualTo((long) SEGMENTS * SEGMENT_BYTES);
    }

    @Test
    void aSegmentComesFromTheFullestSlabThatHasOne() {
        SplittableRandom random = new SplittableRandom(5);
        take(20 * SEGMENTS);
        for (int turn = 0; turn < 5_000; turn++) {
            if (random.nextInt(20 * SEGMENTS) < held.size()) {
                giveBack(random.nextInt(held.size()));
            } else {
                Map<Slab, Integer> live = live();
                int fullest = live.values().stream()
                        .mapToInt(segments -> segments)
                        .filter(segments -> segments < SEGMENTS)
                        .max()
                        .orElse(0);
                take(1);
                Slab taken = held.get(held.size() - 1).slab();
                assertThat(live.getOrDefault(taken, 0)).isEqualTo(fullest);
            }
            assertThat(budget.used()).isEqualTo((long) live().size() * SEGMENTS * SEGMENT_BYTES);
        }
    }

    @Test
    void whereTheLimitAllowsNoWholeSlabOneOfASingleSegmentComesAndGoes() {
        assertThat(budget.tryReserve((1 << 20) - 2 * SEGMENT_BYTES)).isTrue();
        take(2);
        assertThat(held.get(0).slab()).isNotSameAs(held.get(1).slab());
        assertThat(budget.used()).isEqualTo(1 << 20);
        giveBack(0);
        take(1);
        giveBack(0);
        giveBack(0);
        budget.release((1 << 20) - 2 * SEGMENT_BYTES);
    }
}
