package io.forebay.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RingDequeTest {
    private final RingDeque<Integer> ring = new RingDeque<>(4);

    @Test
    void theHeadIsAStackAndTheTailAQueue() {
        push(1, 2, 3, 4);

        assertThat(ring.popHead()).isEqualTo(4);
        assertThat(ring.popTail()).isEqualTo(1);
        assertThat(ring.popHead()).isEqualTo(3);
        assertThat(ring.popTail()).isEqualTo(2);
        assertThat(ring.popHead()).isNull();
        assertThat(ring.popTail()).isNull();
    }

    @Test
    void aFullRingRefusesAPushAndKeepsWhatItHas() {
        push(1, 2, 3, 4);

        assertThat(ring.pushHead(5)).isFalse();
        assertThat(ring.size()).isEqualTo(4);
        assertThat(ring.popTail()).isEqualTo(1);
        assertThat(ring.pushHead(5)).isTrue();
        assertThat(drain()).containsExactly(2, 3, 4, 5);
    }

    @Test
    void sizeCountsWhatIsIn() {
        assertThat(ring.size()).isZero();
        push(1, 2, 3);
        assertThat(ring.size()).isEqualTo(3);
        ring.popTail();
        ring.popHead();
        assertThat(ring.size()).isEqualTo(1);
    }

    @Test
    void aBatchGoesInInOrderWithTheLastNearestTheHead() {
        Object[] items = {0, 1, 2, 3, 0};

        assertThat(ring.pushHead(items, 1, 4)).isEqualTo(3);

        assertThat(ring.popHead()).isEqualTo(3);
        assertThat(ring.popTail()).isEqualTo(1);
        assertThat(ring.popHead()).isEqualTo(2);
    }

    @Test
    void ofABatchTooLargeThePartThatFitsGoesIn() {
        push(1, 2);

        assertThat(ring.pushHead(new Object[] {3, 4, 5}, 0, 3)).isEqualTo(2);
        assertThat(ring.pushHead(new Object[] {5}, 0, 1)).isZero();
        assertThat(drain()).containsExactly(1, 2, 3, 4);
    }

    @Test
    void aBatchFromTheHeadIsWrittenWithTheNewestLast() {
        push(1, 2, 3, 4);
        Object[] into = new Object[5];

        assertThat(ring.popHead(into, 1, 3)).isEqualTo(3);

        assertThat(into).containsExactly(null, 2, 3, 4, null);
        assertThat(drain()).containsExactly(1);
    }

    @Test
    void aBatchFromTheHeadGoesBackAsItWas() {
        push(1, 2, 3, 4);
        Object[] into = new Object[3];

        ring.pushHead(into, 0, ring.popHead(into, 0, 3));

        assertThat(drain()).containsExactly(1, 2, 3, 4);
    }

    @Test
    void aBatchFromTheTailIsWrittenWithTheOldestFirst() {
        push(1, 2, 3, 4);
        Object[] into = new Object[5];

        assertThat(ring.popTail(into, 1, 3)).isEqualTo(3);

        assertThat(into).containsExactly(null, 1, 2, 3, null);
        assertThat(drain()).containsExactly(4);
    }

    @Test
    void aBatchTakesNoMoreThanThereIs() {
        push(1, 2, 3);
        Object[] into = new Object[8];

        assertThat(ring.popHead(into, 0, 2)).isEqualTo(2);
        assertThat(ring.popTail(into, 2, 6)).isEqualTo(1);
        assertThat(ring.popTail(into, 3, 5)).isZero();
        assertThat(ring.popHead(into, 3, 5)).isZero();
        assertThat(into).containsExactly(2, 3, 1, null, null, null, null, null);
    }

    @Test
    void aBatchOfNoneTakesNone() {
        push(1);

        assertThat(ring.popHead(new Object[0], 0, 0)).isZero();
        assertThat(ring.popTail(new Object[0], 0, 0)).isZero();
        assertThat(ring.pushHead(new Object[0], 0, 0)).isZero();
        assertThat(ring.size()).isEqualTo(1);
    }

    @Test
    void anArrayTooSmallIsRefusedBeforeAnythingIsTaken() {
        push(1, 2, 3);

        assertThatThrownBy(() -> ring.popHead(new Object[2], 1, 2)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> ring.popTail(new Object[2], 1, 2)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> ring.pushHead(new Object[2], 1, 3)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(drain()).containsExactly(1, 2, 3);
    }

    @Test
    @SuppressWarnings("NullAway") // the misuse under test
    void aNullItemIsRefusedBeforeAnythingIsWritten() {
        assertThatNullPointerException().isThrownBy(() -> ring.pushHead(null));
        assertThatNullPointerException().isThrownBy(() -> ring.pushHead(new Object[] {1, null}, 0, 2));

        push(1, 2, 3, 4);
        assertThat(drain()).containsExactly(1, 2, 3, 4);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 3, Integer.MIN_VALUE, (1 << 30) + 1})
    void aCapacityThatIsNoPowerOfTwoIsRefused(int capacity) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RingDeque<>(capacity))
                .withMessageContaining("capacity=" + capacity);
    }

    /** The word's carry (-1), the sign of either index (MAX_VALUE), and Go's 2^32 - 500. */
    @ParameterizedTest
    @ValueSource(ints = {-1, -2, -3, -500, Integer.MAX_VALUE, Integer.MAX_VALUE - 2, Integer.MIN_VALUE, 0})
    void indicesWrapUnnoticed(int start) {
        RingDeque<Integer> wrapping = new RingDeque<>(4, start);
        Object[] into = new Object[4];
        for (int i = 0; i < 1000; i++) {
            assertThat(wrapping.popHead()).isNull();
            assertThat(wrapping.popTail()).isNull();
            assertThat(wrapping.pushHead(new Object[] {i, i + 1, i + 2}, 0, 3)).isEqualTo(3);
            assertThat(wrapping.pushHead(i + 3)).isTrue();
            assertThat(wrapping.pushHead(i + 4)).isFalse();
            assertThat(wrapping.size()).isEqualTo(4);
            assertThat(wrapping.popHead()).isEqualTo(i + 3);
            assertThat(wrapping.popTail()).isEqualTo(i);
            assertThat(i % 2 == 0 ? wrapping.popTail(into, 0, 4) : wrapping.popHead(into, 0, 4))
                    .isEqualTo(2);
            assertThat(Arrays.asList(into).subList(0, 2)).containsExactly(i + 1, i + 2);
        }
    }

    @Test
    void aThiefThatStallsBetweenWinningAndTakingMakesThePushSeeAFullRing() {
        push(1, 2, 3, 4);
        long claim = ring.claimTail(1);

        assertThat(ring.size()).isEqualTo(3);
        assertThat(ring.pushHead(5)).isFalse();
        assertThat(ring.pushHead(new Object[] {5}, 0, 1)).isZero();
        assertThat(ring.room(1)).isZero();

        assertThat(ring.takeTailSlot((int) claim)).isEqualTo(1);
        assertThat(ring.pushHead(5)).isTrue();
        assertThat(drain()).containsExactly(2, 3, 4, 5);
    }

    @Test
    void theOwnerAndOtherThievesGoOnWhileOneStalls() {
        push(1, 2, 3, 4);
        long claim = ring.claimTail(1);

        assertThat(ring.popTail()).isEqualTo(2);
        assertThat(ring.popHead()).isEqualTo(4);
        assertThat(ring.pushHead(new Object[] {5, 6, 7}, 0, 3)).isEqualTo(1); // where 4 was; then the stalled slot
        assertThat(drain()).containsExactly(3, 5);

        assertThat(ring.takeTailSlot((int) claim)).isEqualTo(1);
        push(6, 7, 8, 9);
        assertThat(drain()).containsExactly(6, 7, 8, 9);
    }

    @Test
    void aThiefThatHasTakenPartOfABatchHandsBackThatPart() {
        push(1, 2, 3, 4);
        long claim = ring.claimTail(3);
        int first = (int) claim;

        assertThat(ring.takeTailSlot(first)).isEqualTo(1);
        assertThat(ring.room(3)).isEqualTo(1);
        assertThat(ring.takeTailSlot(first + 2)).isEqualTo(3);
        assertThat(ring.room(3)).isEqualTo(1);
        assertThat(ring.takeTailSlot(first + 1)).isEqualTo(2);
        assertThat(ring.room(3)).isEqualTo(3);
    }

    @Test
    void aBatchLargerThanARowOfNullsLeavesEverySlotFree() {
        RingDeque<Integer> large = new RingDeque<>(256, -100); // the batches lie across the end of the array
        Object[] items = IntStream.range(0, 200).boxed().toArray();
        Object[] into = new Object[200];

        for (int round = 0; round < 3; round++) {
            assertThat(large.pushHead(items, 0, 200)).isEqualTo(200);
            assertThat(large.popHead(into, 0, 200)).isEqualTo(200);
            assertThat(into).containsExactly(items);
        }

        assertThat(large.pushHead(items, 0, 200)).isEqualTo(200);
        assertThat(large.pushHead(items, 0, 200)).isEqualTo(56);
        assertThat(large.popTail(into, 0, 200)).isEqualTo(200);
        assertThat(into).containsExactly(items);
    }

    /** Thieves win slots and take from them later, in any order: no push may write to a slot before. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void noPushOverwritesWhatAThiefHasYetToTake(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        RingDeque<Integer> stolen = new RingDeque<>(8, -20);
        ArrayDeque<Integer> expected = new ArrayDeque<>(); // the head is last
        Map<Integer, Integer> won = new LinkedHashMap<>(); // the item that a thief is to find at the index
        int next = 0;
        for (int i = 0; i < 20_000; i++) {
            int n = 1 + random.nextInt(5);
            Object[] batch = new Object[n];
            switch (random.nextInt(4)) {
                case 0 -> {
                    for (int k = 0; k < n; k++) {
                        batch[k] = next + k;
                    }
                    int pushed = stolen.pushHead(batch, 0, n);
                    assertThat(pushed).isLessThanOrEqualTo(8 - expected.size() - won.size());
                    for (int k = 0; k < pushed; k++) {
                        expected.addLast(next + k);
                    }
                    next += pushed;
                }
                case 1 -> {
                    int popped = stolen.popHead(batch, 0, n);
                    assertThat(popped).isEqualTo(Math.min(n, expected.size()));
                    for (int k = popped - 1; k >= 0; k--) {
                        assertThat(batch[k]).isEqualTo(expected.removeLast());
                    }
                }
                case 2 -> {
                    long claim = stolen.claimTail(n);
                    for (int k = 0; k < (int) (claim >>> Integer.SIZE); k++) {
                        won.put((int) claim + k, expected.removeFirst());
                    }
                }
                default -> {
                    List<Integer> indices = new ArrayList<>(won.keySet());
                    if (!indices.isEmpty()) {
                        int index = indices.get(random.nextInt(indices.size()));
                        assertThat(stolen.takeTailSlot(index)).isEqualTo(won.remove(index));
                    }
                }
            }
            assertThat(stolen.size()).isEqualTo(expected.size());
        }
    }

    private void push(int... items) {
        for (int item : items) {
            assertThat(ring.pushHead(item)).isTrue();
        }
    }

    private Integer[] drain() {
        Object[] into = new Object[ring.capacity()];
        int count = ring.popTail(into, 0, into.length);
        return Arrays.copyOf(into, count, Integer[].class);
    }
}
