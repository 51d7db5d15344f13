package io.forebay.pool;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes a pool behave at its worst within its contract, and catches misuse, for tests and canaries: one put in four is
 * destroyed instead of kept (as Go's pool does under its race detector), what is kept is first poisoned and then held
 * back for a while, and an item that is put or added twice, or was never handed out, is refused.
 */
final class Chaos<T> implements ItemWatch<T> {
    private static final int DROP_ONE_IN = 4; // as Go's race mode
    private static final int MAX_HELD = 16; // enough that an item used after its put meets its next user's data

    private final @Nullable ItemWatch<T> next;
    private final Consumer<? super T> poison;
    private final Random random;

    // All under the lock of this object.
    private final Set<T> out = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Set<T> idle = Collections.newSetFromMap(new IdentityHashMap<>());
    private final ArrayDeque<T> held = new ArrayDeque<>();

    Chaos(long seed, Consumer<? super T> poison, @Nullable ItemWatch<T> next) {
        this.random = new Random(seed);
        this.poison = poison;
        this.next = next;
    }

    @Override
    public synchronized @Nullable T put(T item, Destroyer<T> destroyer) {
        if (!out.contains(item)) {
            throw refused(item);
        }
        poison.accept(item);
        boolean dropped = random.nextInt(DROP_ONE_IN) == 0;
        T kept = dropped || next == null ? item : next.put(item, destroyer);
        out.remove(item); // last of what may throw has gone well
        if (dropped) {
            destroyer.add(item);
            return null;
        }
        if (kept == null) {
            return null;
        }
        idle.add(kept);
        held.addLast(kept);
        return held.size() > MAX_HELD ? held.pollFirst() : null;
    }

    private IllegalStateException refused(T item) {
        String likely = idle.contains(item)
                ? "it is idle already (returned twice?)"
                : "it is not handed out (returned twice, or not from this pool?)";
        return new IllegalStateException("put of " + item + ": " + likely);
    }

    @Override
    public synchronized void taken(T item) {
        idle.remove(item);
        if (next != null) {
            next.taken(item);
        }
    }

    @Override
    public synchronized void handedOut(T item) {
        if (idle.contains(item) || !out.add(item)) {
            throw new IllegalStateException(
                    item + " is in the pool already (added twice, or made twice by the factory?)");
        }
    }

    @Override
    public synchronized void dropped(T item) {
        if (!out.remove(item)) {
            throw refused(item);
        }
    }

    @Override
    public synchronized int held() {
        return held.size();
    }

    @Override
    public synchronized void drainHeld(Destroyer<T> destroyer) {
        while (true) {
            T item = held.pollFirst();
            if (item == null) {
                return;
            }
            taken(item);
            destroyer.add(item);
        }
    }
}
