package io.forebay.pool;

import static java.lang.invoke.ConstantBootstraps.fieldVarHandle;
import static java.lang.invoke.MethodHandles.lookup;

import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What nearly every get and put of a {@link PrivateStack} reads and writes, side by side: a cache line or two. */
abstract class PrivatePlaces extends SlotPadBefore {
    static final @Nullable Object[] NOTHING = {};

    // Masks of places and a count. Holder writes opaque, so that they are not torn; others read opaque: an estimate for
    // them.
    long fresh;
    long gets;
    long victims;

    /** The places, grown by doubling. Holder only. */
    @Nullable
    Object[] items = NOTHING;

    /** Whether more items come and go than there are places: then none has its own. Holder only. */
    boolean isCrowded;
}

/**
 * The idle items that only one thread at a time may touch, its holder, and counts of what was taken and put. The newest is
 * taken first, as long as no put names a place; else one that was put since the last cycle.
 */
abstract class PrivateStack extends PrivatePlaces {
    /*
     * Each item has a place, and the bits of a word say which places hold an idle one, the first place's the highest bit: to
     * take an item is to clear the lowest bit, and to put one that its place still points at is to set a bit. Neither stores
     * a reference, which to G1 costs a look at a card, and once the array is old a fence: on every put of a server that has
     * run for a while. The places point at items that are out all the while; each finds its own by the number it was told.
     *
     *   put(x, place)   items[place] == x: set the bit. Else a place that points at nothing, of a larger array if there can be
     *                   one. Else more items come and go than there are places, and the stack is crowded: until the next
     *                   cycle all puts go above the last idle place, wherever they were
     *   put(x)          above the last idle place, too: as long as no put names a place, that is a stack as any other
     *   get             the last of fresh, else of victims
     *
     * What moves many, compacts first: then the idle ones lie at items[0..size), victims first.
     *
     * Invariant: a place whose bit is set in fresh or in victims, which have none in common, holds an idle item, which is in
     * no other place. Not invariants: a place whose bit is not set may point at an item that is out, at the same as another
     * such place, or at one that is idle elsewhere. A put that finds such a pointer at its item may have the place: what is
     * being put is idle nowhere. Ageing clears these pointers, so that nothing is kept alive by them for longer than a cycle.
     *
     * fresh: what was put since the last cycle. victims: what was idle then and has lain untouched since.
     */
    static final VarHandle FRESH = fieldVarHandle(lookup(), "fresh", VarHandle.class, PrivatePlaces.class, long.class);
    static final VarHandle VICTIMS =
            fieldVarHandle(lookup(), "victims", VarHandle.class, PrivatePlaces.class, long.class);
    static final VarHandle GETS = fieldVarHandle(lookup(), "gets", VarHandle.class, PrivatePlaces.class, long.class);
    static final VarHandle MOVED = fieldVarHandle(lookup(), "moved", VarHandle.class, PrivateStack.class, long.class);
    private static final VarHandle MOVES =
            fieldVarHandle(lookup(), "moves", VarHandle.class, PrivateStack.class, long.class);
    static final VarHandle VICTIM_GETS =
            fieldVarHandle(lookup(), "victimGets", VarHandle.class, PrivateStack.class, long.class);

    /** The most that fit: the bits of a word. */
    static final int MAX_SIZE = Long.SIZE;

    /** What {@link #push(Object, int)} says where there is no room. */
    static final int NOWHERE = -1;

    /** The places, idle or not, that point at something; it may say so of others, too. Holder only. */
    private long pointing;

    // Holder writes opaque, others read opaque.
    private long moved; // what left not by a get, less what came not by a put; so puts = size + gets + moved
    private long victimGets;

    /** How often many items began to move, or have moved: odd while they do, so that what others read may not add up. */
    private long moves;

    private final int maxSize;

    /** A stack of at most so many items, up to {@link #MAX_SIZE}. */
    PrivateStack(int maxSize) {
        this.maxSize = maxSize;
    }

    // What mostly happens is in methods of at most 35 bytes of code, which JDK 17's C2 compiles into callers that it
    // has for cold.

    /** Takes the newest, null if there is none. Holder only. */
    final @Nullable Object pop() {
        long fresh = this.fresh;
        return fresh != 0 ? popFresh(fresh) : popVictim();
    }

    private @Nullable Object popFresh(long fresh) {
        Object item = items[last(fresh)];
        countGet();
        return item;
    }

    private @Nullable Object popVictim() {
        long victims = this.victims;
        if (victims == 0) {
            return null;
        }
        Object item = items[last(victims)];
        GETS.setOpaque(this, gets + 1);
        VICTIMS.setOpaque(this, withoutLast(victims));
        countVictimGet();
        return item;
    }

    /** Adds an item, not null, on top of what is there, so that it is taken first; false if there is no room. Holder only. */
    @SuppressWarnings("ReferenceEquality") // whether the very pointer is there already
    final boolean push(Object item) {
        @Nullable Object[] items = this.items;
        int place = last(idle()) + 1;
        if (place >= items.length) {
            return false;
        }
        if (items[place] != item) {
            items[place] = item;
            pointing |= bit(place);
        }
        FRESH.setOpaque(this, fresh | bit(place));
        return true;
    }

    /**
     * Adds an item, not null, to the place where it was last, {@code place}, or to another. Holder only.
     *
     * @return where it is now, {@link #NOWHERE} if there is no room
     */
    final int push(Object item, int place) {
        return !isCrowded && isAt(item, place) ? pushBack(place) : pushOdd(item, place);
    }

    @SuppressWarnings("ReferenceEquality") // whether the very pointer is there already
    private boolean isAt(Object item, int place) {
        @Nullable Object[] items = this.items;
        return place >= 0 && place < items.length && items[place] == item;
    }

    private int pushBack(int place) {
        FRESH.setOpaque(this, fresh | bit(place));
        return place;
    }

    private int pushOdd(Object item, int place) {
        if (isCrowded) {
            return push(item) ? place : NOWHERE;
        }
        return pushElsewhere(item);
    }

    /** To a place that points at nothing; where there is none, but could be one, nowhere. */
    private int pushElsewhere(Object item) {
        if ((free() & ~pointing) == 0) {
            if (items.length < maxSize) {
                return NOWHERE;
            }
            isCrowded = true;
        }
        return pushAnywhere(item);
    }

    /** As {@link #push(Object, int)}, to any place that is free, another's too. Holder only. */
    final int pushAnywhere(Object item) {
        long free = free();
        if (free == 0) {
            return NOWHERE;
        }
        int place = placeFor(free & ~pointing);
        items[place] = item;
        pointing |= bit(place);
        FRESH.setOpaque(this, fresh | bit(place));
        return place;
    }

    private int placeFor(long unused) {
        if (unused != 0) {
            return Long.numberOfLeadingZeros(unused);
        }
        int top = last(idle()) + 1;
        if (top < items.length) {
            return top;
        }
        compact();
        return size();
    }

    private static long bit(int place) {
        return Long.MIN_VALUE >>> place;
    }

    /** The last of the places in a mask, -1 if there is none. */
    private static int last(long mask) {
        return Long.SIZE - 1 - Long.numberOfTrailingZeros(mask);
    }

    private static long withoutLast(long mask) {
        return mask & (mask - 1);
    }

    /** The mask of the places [0..n). */
    private static long first(int n) {
        return n == 0 ? 0 : Long.MIN_VALUE >> (n - 1);
    }

    private long idle() {
        return fresh | victims;
    }

    /** The places where nothing is idle. */
    private long free() {
        return first(items.length) & ~idle();
    }

    /** Holder only. */
    final int size() {
        return Long.bitCount(idle());
    }

    /** The items, the idle ones at [0..size), the victims first, as they mostly are anyway. Only to be read. Holder only. */
    final @Nullable Object[] oldestFirst() {
        int size = size();
        int victims = Long.bitCount(this.victims);
        if (this.victims != first(victims) || idle() != first(size)) {
            compact();
        }
        return items;
    }

    private void compact() {
        int to = 0;
        long fresh = this.fresh;
        for (long left = victims; left != 0; to++) {
            int from = Long.numberOfLeadingZeros(left);
            left ^= bit(from);
            swap(from, to);
            if ((fresh & bit(to)) != 0) {
                fresh ^= bit(from) | bit(to);
            }
        }
        int victims = to;
        for (long left = fresh; left != 0; to++) {
            int from = Long.numberOfLeadingZeros(left);
            left ^= bit(from);
            swap(from, to);
        }
        setIdle(victims, to);
        pointing = first(items.length); // at most
    }

    private void swap(int one, int other) {
        Object item = items[one];
        items[one] = items[other];
        items[other] = item;
    }

    /** Of items that are compact. */
    private void setIdle(int victims, int size) {
        VICTIMS.setOpaque(this, first(victims));
        FRESH.setOpaque(this, first(size) & ~first(victims));
    }

    /** The stack was empty, and n items came to its first places otherwise than by puts. Holder only. */
    final void moveIn(int n) {
        countMoved(-n);
        pointing |= first(n);
        FRESH.setOpaque(this, first(n));
    }

    /** Counts a get that took the newest of fresh, which there must be: a pop, or what goes without one. Holder only. */
    final void countGet() {
        GETS.setOpaque(this, gets + 1);
        FRESH.setOpaque(this, withoutLast(fresh));
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
     * Makes room for so many items in all, not above the most there may be. Holder only.
     *
     * @throws OutOfMemoryError if the heap has none; nothing has changed then
     */
    final void ensureRoom(int room) {
        if (items.length < room) {
            items = Arrays.copyOf(items, room);
        }
    }

    /** Drops the n {@linkplain #oldestFirst oldest}, of which someone else has taken care. Holder only. */
    final void removeOldest(int n) {
        int size = size();
        System.arraycopy(oldestFirst(), n, items, 0, size - n);
        setIdle(Math.max(0, Long.bitCount(victims) - n), size - n);
        countMoved(n);
    }

    /** Drops all, of which someone else has taken care, and every stale pointer. Holder only. */
    final void clear() {
        Arrays.fill(items, null);
        countMoved(size());
        setIdle(0, 0);
        pointing = 0;
        isCrowded = false;
    }

    /** Drops the pointers to an item that was handed out, if there are any. Holder only. */
    final void drop(Object item) {
        for (int i = 0; i < items.length; i++) {
            drop(item, i);
        }
    }

    /** The same of one place. Holder only. */
    @SuppressWarnings("ReferenceEquality") // that very item
    final void drop(Object item, int place) {
        if (place >= 0 && place < items.length && items[place] == item && (idle() & bit(place)) == 0) {
            items[place] = null;
            pointing &= ~bit(place);
        }
    }

    /** Has what is in the stack count as idle since now. Holder only. */
    final void makeVictims() {
        VICTIMS.setOpaque(this, idle());
        FRESH.setOpaque(this, 0L);
    }

    /** The same, and drops the stale pointers. Holder only. */
    final void startCycle() {
        makeVictims();
        pointing = victims;
        for (int i = 0; i < items.length; i++) {
            if ((pointing & bit(i)) == 0) {
                items[i] = null;
            }
        }
        isCrowded = false;
    }

    /** Many items are about to move, until {@link #endMove}. Holder only. */
    final void beginMove() {
        MOVES.setOpaque(this, moves | 1); // odd already if the last one ended in an exception
        VarHandle.storeStoreFence(); // nothing of it is seen before
    }

    final void endMove() {
        MOVES.setRelease(this, moves + 1);
    }

    /** Any thread: to be asked before what is here is read. */
    final long movesAcquire() {
        return (long) MOVES.getAcquire(this);
    }

    /** Any thread: whether what was read since {@link #movesAcquire} belongs together, but for single gets and puts. */
    final boolean nothingMovedSince(long moves) {
        VarHandle.acquireFence();
        return (moves & 1) == 0 && (long) MOVES.getOpaque(this) == moves;
    }

    /** How many items are here, roughly: exact while no thread works on the stack. Any thread. */
    final int sizeOpaque() {
        return Long.bitCount((long) FRESH.getOpaque(this) | (long) VICTIMS.getOpaque(this));
    }

    /** How many of them are victims, roughly. Any thread. */
    final int victimsOpaque() {
        return Long.bitCount((long) VICTIMS.getOpaque(this));
    }

    /** How many gets there were, roughly. Any thread. */
    final long getsOpaque() {
        return (long) GETS.getOpaque(this);
    }

    /** How many puts there were, roughly, if there were so many gets: of one look, or what is out would be below 0. Any thread. */
    final long putsOpaque(long gets) {
        return sizeOpaque() + gets + (long) MOVED.getOpaque(this);
    }
}
