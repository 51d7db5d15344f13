package io.forebay.pool;

import static java.lang.invoke.ConstantBootstraps.fieldVarHandle;
import static java.lang.invoke.MethodHandles.lookup;

import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A LIFO of idle items that only one thread at a time may touch, its holder, and that counts what is taken from it. */
abstract class PrivateStack extends SlotPadBefore {
    /*
     * Invariants: items[0..size) are idle and in no other place. Non-invariants: items[size..] may still point at items
     * that were handed out or moved. Writing null there on every pop would cost the collector's barrier; instead a push
     * that finds its own item there stores nothing, and ageing clears the rest.
     *
     * low is the least size since the last cycle, so items[0..low) lay untouched since: they are the victims. A get
     * that digs into them lowers low.
     *
     * Size and count of gets share a word, so that a pop is one load and one store of it. Others read it for statistics,
     * and see a size and a count that belong together.
     */
    static final VarHandle STATE = fieldVarHandle(lookup(), "state", VarHandle.class, PrivateStack.class, long.class);
    static final VarHandle LOW = fieldVarHandle(lookup(), "low", VarHandle.class, PrivateStack.class, int.class);
    static final VarHandle MOVED = fieldVarHandle(lookup(), "moved", VarHandle.class, PrivateStack.class, long.class);
    static final VarHandle VICTIM_GETS =
            fieldVarHandle(lookup(), "victimGets", VarHandle.class, PrivateStack.class, long.class);

    private static final int SIZE_BITS = 16;

    /** The most that fit; what is left of the word counts gets, a million a second for nine years. */
    static final int MAX_SIZE = (1 << SIZE_BITS) - 1;

    private static final long ONE_GET = 1L << SIZE_BITS;

    static final Object[] NOTHING = new Object[0];

    /** Grown by doubling; its length is how full it may get. What lies at or above the size is stale. */
    Object[] items = NOTHING;

    private long state; // holder writes opaque, so that it is not torn; others read opaque: an estimate for them

    int low; // holder writes plain, others read opaque: an estimate for them, an int is never torn

    // Holder writes opaque, others read opaque.
    private long moved; // what left not by a get, less what came not by a put; so puts = size + gets + moved
    private long victimGets;

    /** Takes the newest, null if there is none. Holder only. */
    final @Nullable Object pop() {
        long state = this.state;
        int n = (int) (state & MAX_SIZE) - 1;
        if (n < low && !digVictim(n)) { // low >= 0: the one check is for the empty stack, too
            return null;
        }
        Object item = items[n];
        STATE.setOpaque(this, state + ONE_GET - 1);
        return item;
    }

    private boolean digVictim(int n) {
        if (n < 0) {
            return false;
        }
        low = n;
        countVictimGet();
        return true;
    }

    /** Adds an item, not null; false if there is no room. Holder only. */
    @SuppressWarnings("ReferenceEquality") // whether the very pointer is there already
    final boolean push(Object item) {
        long state = this.state;
        int n = (int) (state & MAX_SIZE);
        Object[] items = this.items;
        if (n >= items.length) {
            return false;
        }
        if (items[n] != item) {
            items[n] = item;
        }
        STATE.setOpaque(this, state + 1);
        return true;
    }

    /** Holder only. */
    final int size() {
        return (int) (state & MAX_SIZE);
    }

    /** The stack was empty, and n items came otherwise than by puts. Holder only. */
    final void moveIn(int n) {
        countMoved(-n);
        STATE.setOpaque(this, state + n);
        low = 0;
    }

    /** Counts a get that took the newest otherwise than by a pop. Holder only. */
    final void countGet() {
        STATE.setOpaque(this, state + ONE_GET - 1);
    }

    /** Counts a put of an item that went elsewhere. Holder only. */
    final void countPut() {
        countMoved(1);
    }

    private void countMoved(int items) {
        MOVED.setOpaque(this, moved + items);
    }

    final void countVictimGet() {
        VICTIM_GETS.setOpaque(this, victimGets + 1);
    }

    /**
     * Makes room for so many items in all, not above {@link #MAX_SIZE}. Holder only.
     *
     * @throws OutOfMemoryError if the heap has none; nothing has changed then
     */
    final void ensureRoom(int room) {
        if (items.length < room) {
            items = Arrays.copyOf(items, room);
        }
    }

    /** Drops the n oldest, of which someone else has taken care. Holder only. */
    final void removeOldest(int n) {
        System.arraycopy(items, n, items, 0, size() - n);
        low = Math.max(0, low - n);
        moveOut(n);
    }

    private void moveOut(int n) {
        countMoved(n);
        STATE.setOpaque(this, state - n);
    }

    /** Drops all, of which someone else has taken care, and every stale pointer. Holder only. */
    final void clear() {
        Arrays.fill(items, null);
        moveOut(size());
        low = 0;
    }

    /** Has what is in the stack count as idle since now, and drops the stale pointers. Holder only. */
    final void startCycle() {
        int size = size();
        Arrays.fill(items, size, items.length, null);
        low = size;
    }

    /** How many items are here, roughly: exact while no thread works on the stack. Any thread. */
    final int sizeOpaque() {
        return (int) ((long) STATE.getOpaque(this) & MAX_SIZE);
    }

    /** How many gets there were, roughly. Any thread. */
    final long getsOpaque() {
        return (long) STATE.getOpaque(this) >>> SIZE_BITS;
    }

    /** How many puts there were, roughly. Any thread. */
    final long putsOpaque() {
        long state = (long) STATE.getOpaque(this);
        return (state & MAX_SIZE) + (state >>> SIZE_BITS) + (long) MOVED.getOpaque(this);
    }
}
