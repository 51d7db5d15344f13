package io.forebay.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which item a private stack hands out, where it keeps those that remember their place, and that none is lost or doubled. */
class PrivateStackTest {
    private static final class Stack extends PrivateStack {
        private final int maxSize;

        Stack(int maxSize) {
            super(maxSize);
            this.maxSize = maxSize;
        }

        /** As a slot does it, but what finds no room is refused. */
        int put(Object item, int place) {
            int kept = push(item, place);
            if (kept == NOWHERE) {
                grow();
                kept = pushAnywhere(item);
            }
            return kept;
        }

        void grow() {
            ensureRoom(Math.min(maxSize, Math.max(1, 2 * items.length)));
        }
    }

    private static Stack full(int size) {
        Stack stack = new Stack(size);
        stack.ensureRoom(size);
        return stack;
    }

    private static List<Object> items(int count) {
        List<Object> items = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            items.add("item " + i);
        }
        return items;
    }

    private static List<Object> popAll(PrivateStack stack) {
        List<Object> popped = new ArrayList<>();
        for (Object item = stack.pop(); item != null; item = stack.pop()) {
            popped.add(item);
        }
        return popped;
    }

    private static List<Object> reversed(List<Object> items) {
        List<Object> reversed = new ArrayList<>(items);
        Collections.reverse(reversed);
        return reversed;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 8, 63, 64})
    void withoutPlacesItIsAStack(int size) {
        Stack stack = full(size);
        List<Object> items = items(size);
        for (int round = 0; round < 3; round++) {
            items.forEach(item -> assertThat(stack.push(item)).isTrue());
            assertThat(stack.push("one more")).isFalse();
            assertThat(stack.size()).isEqualTo(size);
            assertThat(popAll(stack)).isEqualTo(reversed(items));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 8, 64})
    void itIsAStackStillWhenTheOlderHalfHasLeft(int size) {
        Stack stack = full(size);
        List<Object> items = items(size + size / 2);
        items.subList(0, size).forEach(stack::push);
        assertThat(stack.oldestFirst()).containsExactlyElementsOf(items.subList(0, size));
        stack.removeOldest(size / 2);
        items.subList(size, size + size / 2).forEach(stack::push);
        assertThat(popAll(stack)).isEqualTo(reversed(items.subList(size / 2, items.size())));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 8, 64})
    void whatRemembersItsPlaceFindsItAgainInWhateverOrderItComes(int size) {
        Stack stack = new Stack(size);
        Map<Object, Integer> places = new HashMap<>();
        List<Object> items = items(size);
        items.forEach(item -> places.put(item, stack.put(item, 0)));
        assertThat(new HashSet<>(places.values())).as("each has its own").hasSize(size);
        Random random = new Random(size);
        for (int round = 0; round < 20; round++) {
            List<Object> out = popAll(stack);
            assertThat(out).containsExactlyInAnyOrderElementsOf(items);
            Collections.shuffle(out, random);
            out.forEach(item ->
                    assertThat(stack.put(item, places.getOrDefault(item, 0))).isEqualTo(places.get(item)));
        }
    }

    @Test
    void fewIdleAtATimeGetPlacesOfTheirOwnAllTheSame() {
        Stack stack = new Stack(64);
        Map<Object, Integer> places = new HashMap<>();
        ArrayDeque<Object> out = new ArrayDeque<>(items(40));
        for (int i = 0; i < 80; i++) { // one goes in, the same or another comes out
            Object item = out.removeFirst();
            places.merge(item, stack.put(item, places.getOrDefault(item, 0)), (old, kept) -> kept);
            out.addLast(Objects.requireNonNull(stack.pop(), "just put"));
        }
        assertThat(new HashSet<>(places.values())).hasSize(40);
    }

    @Test
    void moreThanThereArePlacesForAreCrowdedUntilTheNextCycle() {
        Stack stack = new Stack(4);
        Map<Object, Integer> places = new HashMap<>();
        ArrayDeque<Object> out = new ArrayDeque<>(items(9));
        for (int i = 0; i < 90; i++) {
            Object item = out.removeFirst();
            places.merge(item, stack.put(item, places.getOrDefault(item, 0)), (old, kept) -> kept);
            out.addLast(Objects.requireNonNull(stack.pop(), "just put"));
        }
        assertThat(stack.isCrowded).isTrue();
        stack.startCycle();
        assertThat(stack.isCrowded).isFalse();
    }

    @Test
    void aCrowdedOneIsAStackWhateverItsPlacesWereBefore() {
        Stack stack = full(4);
        items(4).forEach(stack::push);
        Object last = popAll(stack).get(0);
        assertThat(stack.put(last, 3)).as("above places that are free").isEqualTo(3);
        stack.put("one too many", 0);
        assertThat(stack.isCrowded).isTrue();
        stack.push("another");
        assertThat(popAll(stack)).containsExactly("another", "one too many", last);
    }

    @Test
    void whatIsFreshIsTakenBeforeVictims() {
        Stack stack = full(8);
        stack.push("old");
        stack.push("older than a cycle");
        stack.startCycle();
        stack.push("new");
        assertThat(stack.victimsOpaque()).isEqualTo(2);
        assertThat(popAll(stack)).containsExactly("new", "older than a cycle", "old");
    }

    @Test
    void settlingMakesAllVictims() {
        Stack stack = full(8);
        stack.push("a");
        stack.makeVictims();
        stack.push("b");
        assertThat(stack.victimsOpaque()).isEqualTo(1);
        stack.makeVictims();
        assertThat(stack.victimsOpaque()).isEqualTo(2);
        assertThat(stack.oldestFirst()).startsWith("a", "b");
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 8, 9, 63, 64, 1000, Integer.MAX_VALUE, Integer.MIN_VALUE})
    void aPlaceThatIsNoneIsAsGoodAsAnyOther(int place) {
        Stack stack = full(8);
        int kept = stack.put("a", place);
        assertThat(kept).isBetween(0, 7);
        assertThat(popAll(stack)).containsExactly("a");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 8, 31, 64})
    void noItemIsLostOrDoubledWhateverComesToPass(int maxSize) {
        for (int seed = 0; seed < 200; seed++) {
            new Model(maxSize, seed).run(400);
        }
    }

    /** Random operations, as a slot and its cycles may call them, beside the set of items that are idle. */
    private static final class Model {
        private final Random random;
        private final Stack stack;
        private final Map<Object, Integer> places = new HashMap<>();
        private final List<Object> out;
        private final Set<Object> idle = new HashSet<>();
        private final Set<Object> victims = new HashSet<>();
        private long gets;
        private long puts;

        Model(int maxSize, int seed) {
            random = new Random(seed);
            stack = new Stack(maxSize);
            out = items(1 + random.nextInt(2 * maxSize));
        }

        void run(int steps) {
            for (int i = 0; i < steps; i++) {
                step();
                assertThat(stack.size()).isEqualTo(idle.size());
                assertThat(stack.sizeOpaque()).isEqualTo(idle.size());
                assertThat(stack.victimsOpaque()).isEqualTo(victims.size());
                assertThat(stack.getsOpaque()).isEqualTo(gets);
                assertThat(stack.putsOpaque(gets)).isEqualTo(puts);
            }
            popAll(stack).forEach(item -> assertThat(idle.remove(item)).isTrue());
            assertThat(idle).isEmpty();
        }

        private void step() {
            switch (random.nextInt(16)) {
                case 0, 1, 2, 3, 4 -> get();
                case 5, 6, 7, 8, 9 -> put(out());
                case 10 -> push(out());
                case 11 -> removeHalf();
                case 12 -> moveIn();
                case 13 -> startCycle();
                case 14 -> makeVictims();
                default -> forget();
            }
        }

        private @Nullable Object out() {
            return out.isEmpty() ? null : out.remove(random.nextInt(out.size()));
        }

        private void get() {
            Object item = stack.pop();
            if (item == null) {
                assertThat(idle).isEmpty();
                return;
            }
            gets++;
            boolean noneFresh = idle.equals(victims);
            assertThat(victims.remove(item)).as("fresh ones first").isEqualTo(noneFresh);
            assertThat(idle.remove(item)).as("%s", item).isTrue();
            out.add(item);
        }

        private void put(@Nullable Object item) {
            if (item == null) {
                return;
            }
            int hint = random.nextInt(10) == 0 ? random.nextInt(70) : places.getOrDefault(item, 0);
            int kept = stack.put(item, hint);
            if (kept == PrivateStack.NOWHERE) {
                assertThat(idle).hasSize(stack.items.length);
                out.add(item);
                return;
            }
            places.put(item, kept);
            puts++;
            idle.add(item);
        }

        private void push(@Nullable Object item) {
            if (item == null) {
                return;
            }
            if (!stack.push(item) && stack.pushAnywhere(item) == PrivateStack.NOWHERE) {
                assertThat(idle).hasSize(stack.items.length);
                out.add(item);
                return;
            }
            puts++;
            idle.add(item);
        }

        private void removeHalf() {
            int n = idle.size() / 2;
            List<Object> removed =
                    new ArrayList<>(Arrays.asList(stack.oldestFirst()).subList(0, n));
            stack.removeOldest(n);
            assertThat(removed.subList(0, Math.min(n, victims.size())))
                    .as("oldest first")
                    .allMatch(victims::remove);
            assertThat(removed).allMatch(idle::remove);
            out.addAll(removed);
        }

        private void moveIn() {
            if (!idle.isEmpty() || out.isEmpty()) {
                return;
            }
            stack.grow();
            stack.items[0] = out.remove(0);
            idle.add(stack.items[0]);
            stack.moveIn(1);
        }

        private void startCycle() {
            stack.startCycle();
            victims.addAll(idle);
            assertThat(stack.items).noneMatch(out::contains);
        }

        private void makeVictims() {
            stack.makeVictims();
            victims.addAll(idle);
        }

        private void forget() {
            if (!out.isEmpty()) {
                stack.drop(out.get(0));
                assertThat(stack.items).doesNotContain(out.get(0));
            }
        }
    }
}
