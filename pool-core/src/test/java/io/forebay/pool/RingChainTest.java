package io.forebay.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RingChainTest {
    private final List<RingDeque<Integer>> rings = new ArrayList<>();
    private boolean memoryIsShort;
    private final RingChain<Integer> chain = new RingChain<>(2, 1 << 20, this::ring);

    @Test
    void aChainThatWasNeverPushedToHasNoRing() {
        assertThat(chain.capacity()).isZero();
        assertThat(chain.isEmpty()).isTrue();
        assertThat(chain.size()).isZero();
        assertThat(chain.popHead()).isNull();
        assertThat(chain.popTail()).isNull();
        assertThat(chain.popHead(new Object[3], 0, 3)).isZero();
        assertThat(chain.popTail(new Object[3], 0, 3)).isZero();
        chain.pushHead(new Object[0], 0, 0);
        chain.shrink();
        assertThat(chain.capacity()).isZero();
    }

    @Test
    void theHeadIsAStackAcrossRings() {
        push(0, 100);

        for (int i = 99; i >= 0; i--) {
            assertThat(chain.popHead()).isEqualTo(i);
        }
        assertThat(chain.popHead()).isNull();
    }

    @Test
    void theTailIsAQueueAcrossRings() {
        push(0, 100);

        for (int i = 0; i < 100; i++) {
            assertThat(chain.popTail()).isEqualTo(i);
        }
        assertThat(chain.popTail()).isNull();
    }

    @Test
    void ringsDouble() {
        push(0, 2);
        assertThat(chain.capacity()).isEqualTo(2);
        push(2, 3);
        assertThat(chain.capacity()).isEqualTo(2 + 4);
        push(3, 7);
        assertThat(chain.capacity()).isEqualTo(2 + 4 + 8);
    }

    @Test
    void ringsStopDoublingAtTheLimit() {
        RingChain<Integer> limited = new RingChain<>(2, 4, RingDeque::new);
        for (int i = 0; i < 13; i++) {
            limited.pushHead(i);
        }

        assertThat(limited.capacity()).isEqualTo(2 + 4 + 4 + 4);
        assertThat(limited.size()).isEqualTo(13);
        for (int i = 0; i < 13; i++) {
            assertThat(limited.popTail()).isEqualTo(i);
        }
    }

    @Test
    void thievesLetEmptyRingsGo() {
        push(0, 7);
        assertThat(chain.capacity()).isEqualTo(2 + 4 + 8);

        for (int i = 0; i < 7; i++) {
            chain.popTail();
        }

        assertThat(chain.capacity()).isEqualTo(8);
        assertThat(chain.popHead()).isNull();
        assertThat(chain.isEmpty()).isTrue();
    }

    @Test
    void aBatchFillsTheRingAndThenOneNewRingForAllTheRest() {
        push(0, 1);
        chain.pushHead(batch(1, 50), 0, 49);

        assertThat(chain.capacity()).isEqualTo(2 + 64);
        assertThat(chain.size()).isEqualTo(50);
        assertThat(drainTail()).containsExactlyElementsOf(range(0, 50));
    }

    @Test
    void aBatchIntoAnEmptyChainMakesOneRing() {
        chain.pushHead(batch(0, 9), 2, 9);

        assertThat(chain.capacity()).isEqualTo(8);
        assertThat(drainTail()).containsExactlyElementsOf(range(2, 9));
    }

    @Test
    void batchesFromTheHeadComeFromOneRingAtATimeTheNewestLast() {
        push(0, 6);
        Object[] into = new Object[8];

        assertThat(chain.popHead(into, 0, 8)).isEqualTo(4);
        assertThat(into).startsWith(2, 3, 4, 5);
        assertThat(chain.popHead(into, 0, 8)).isEqualTo(2);
        assertThat(into).startsWith(0, 1);
        assertThat(chain.popHead(into, 0, 8)).isZero();
    }

    @Test
    void askingForNoneAtTheTailLetsNoRingGo() {
        push(0, 6);

        assertThat(chain.popTail(new Object[0], 0, 0)).isZero();

        assertThat(drainTail()).containsExactlyElementsOf(range(0, 6));
    }

    @Test
    void aStalledThiefMakesTheChainGrowAndNothingIsLost() {
        push(0, 2);
        RingDeque<Integer> first = rings.get(0);
        long claim = first.claimTail(1);

        push(2, 3);
        chain.pushHead(batch(3, 5), 0, 2);

        assertThat(chain.capacity()).isEqualTo(2 + 4);
        assertThat(drainTail()).containsExactly(1, 2, 3, 4);
        assertThat(first.takeTailSlot((int) claim)).isZero();
        assertThat(chain.isEmpty()).isTrue();
    }

    @Test
    void aThiefThatTakesItsSlotAfterItsRingWasLetGoStillGetsItsItem() {
        push(0, 2);
        RingDeque<Integer> first = rings.get(0);
        long claim = first.claimTail(2);
        push(2, 3);

        assertThat(chain.popTail()).isEqualTo(2);
        assertThat(chain.capacity()).isEqualTo(4);
        assertThat(first.takeTailSlot((int) claim + 1)).isEqualTo(1);
        assertThat(first.takeTailSlot((int) claim)).isZero();
    }

    @Test
    void aPushThatFindsNoMemoryForARingHasPushedNothing() {
        push(0, 1);
        memoryIsShort = true;

        assertThatThrownBy(() -> chain.pushHead(batch(1, 5), 0, 4)).isInstanceOf(OutOfMemoryError.class);
        assertThat(chain.size()).isEqualTo(1);
        push(1, 2);
        assertThatThrownBy(() -> chain.pushHead(2)).isInstanceOf(OutOfMemoryError.class);

        memoryIsShort = false;
        push(2, 4);
        assertThat(drainTail()).containsExactlyElementsOf(range(0, 4));
    }

    @Test
    void anEmptyChainShrinksToASmallRing() {
        push(0, 1000);
        assertThat(drainTail()).hasSize(1000);
        assertThat(chain.capacity()).isGreaterThan(256);

        chain.shrink();

        assertThat(chain.capacity()).isEqualTo(2);
        push(0, 10);
        assertThat(chain.popHead()).isEqualTo(9);
        assertThat(drainTail()).containsExactlyElementsOf(range(0, 9));
    }

    @Test
    void aChainWithItemsDoesNotShrink() {
        push(0, 5);
        long capacity = chain.capacity();

        chain.shrink();

        assertThat(chain.capacity()).isEqualTo(capacity);
        assertThat(drainTail()).containsExactlyElementsOf(range(0, 5));
    }

    @Test
    void aThiefThatStalledBeforeTheChainShrankStillGetsItsItem() {
        push(0, 3);
        drainTail();
        push(3, 4);
        RingDeque<Integer> large = rings.get(1);
        long claim = large.claimTail(1);

        chain.shrink();
        push(4, 5);

        assertThat(chain.capacity()).isEqualTo(2);
        assertThat(large.takeTailSlot((int) claim)).isEqualTo(3);
        assertThat(drainTail()).containsExactly(4);
    }

    @Test
    void aBatchBeyondTheLimitIsRefusedWhole() {
        RingChain<Integer> limited = new RingChain<>(2, 4, RingDeque::new);

        assertThatIllegalArgumentException().isThrownBy(() -> limited.pushHead(batch(0, 5), 0, 5));
        assertThat(limited.isEmpty()).isTrue();
    }

    /** Indices start where they wrap within the test. */
    private RingDeque<Integer> ring(int capacity) {
        if (memoryIsShort) {
            throw new OutOfMemoryError("made up");
        }
        RingDeque<Integer> ring = new RingDeque<>(capacity, -2);
        rings.add(ring);
        return ring;
    }

    private void push(int from, int to) {
        for (int i = from; i < to; i++) {
            chain.pushHead(i);
        }
    }

    private List<Integer> drainTail() {
        List<Integer> items = new ArrayList<>();
        for (Integer item = chain.popTail(); item != null; item = chain.popTail()) {
            items.add(item);
        }
        return items;
    }

    private static Object[] batch(int from, int to) {
        return range(from, to).toArray();
    }

    private static List<Integer> range(int from, int to) {
        return IntStream.range(from, to).boxed().toList();
    }
}
