package io.forebay.pool;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A ring of fixed capacity with one owner, who pushes and pops at the head, and any number of thieves, who pop at the
 * tail. No operation waits for another thread: a push that finds no free slot says so.
 *
 * <p>The owner is whoever may call the owner's methods at the moment; when that passes from one thread to another, the
 * two have to be ordered (by a claim taken with acquire and given back with release). Items are not null.
 *
 * <p>Memory effects: actions before a push happen-before the pop, on any thread, that returns the item.
 *
 * @param <T> what the ring holds
 */
final class RingDeque<T> extends RingLayout.Padded {
    /*
     * The idea (poolDequeue of Go's sync.Pool). Two free-running 32-bit indices share one 64-bit word, so owner and
     * thieves settle who gets an item with one CAS on that word, and the owner needs no fence of the Chase-Lev kind.
     *
     *   push:     head - tail == capacity, or slot[head] != null  ->  full
     *             slot[head] = item;  head += 1                   (the add publishes the slot)
     *             the owner remembers how far it has found slots null, so it looks at each only once
     *   popHead:  CAS head -> head - n;  read the n slots, null them
     *   popTail:  CAS tail -> tail + n;  read the n slots, null them with release
     *
     * The obvious version, read the slot and then CAS, would let the owner refill a slot under a thief that has read it
     * but not yet won: the word can come back to the same value (ABA). Here nothing is read before its CAS is won, so
     * winning (head, tail) means that the slots belong to the winner, whatever they hold by now.
     *
     * Who may touch what
     *   headTail           owner: add, CAS of the head half.  thieves: CAS of the tail half.
     *   slots [tail, head) nobody, until a CAS has moved an index past them: then the winner alone
     *   a popped tail slot the thief, until it stores null; that store hands the slot to the owner
     *   all other slots    the owner
     *
     * Invariants
     *   0 <= head - tail <= capacity, in arithmetic modulo 2^32.
     *   Every slot in [tail, head) is not null. A slot outside is null, or a thief is about to take it.
     *   Every slot in [head, knownFree) is null, and knownFree - tail <= capacity: the owner alone writes there. What it
     *   pops joins them, as it leaves them null; that is most of what it pushes to next.
     *   The thieves' tail never moves back; only the owner moves the head.
     *
     * Not invariants
     *   size() < capacity does not mean that a push succeeds: a thief may have won the slot and not yet emptied it.
     *   The push then reports full, though the ring may be all but empty; it never spins on that thief.
     *   Slots are not emptied in order.
     *
     * Why these modes. All ordering comes from two edges: owner to thief through headTail, thief to owner through the
     * slot. First edge: the owner's add is a release, each CAS is volatile (so also acquire and release). A thief wins
     * on a value that is the owner's add or a later CAS, and each such CAS has itself acquired what it replaced, so
     * the chain back to the add is unbroken and the slot's content, and what its pusher did before, is visible.
     * Second edge: null is stored with release, after the thief's read; the owner's check is an acquire, before its
     * write. So the plain reads and writes of slots never race, whole ranges of the owner's included.
     *
     * Linearization: push at the add; push that fails at its read of headTail or of the slot; pops at their successful
     * CAS; pops that find nothing at their read of headTail.
     *
     * Progress: pushes are wait-free. Pops are lock-free: a CAS fails only because another one succeeded.
     */

    /** A quarter of the index range, as in Go: half would do to tell full from empty, this also fits an int. */
    static final int MAX_CAPACITY = 1 << 30;

    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Object[].class);
    private static final long NOTHING = 0;
    private static final @Nullable Object[] NULLS = new @Nullable Object[64]; // never written to

    /** Ownership of each element as above; null means free. */
    private final @Nullable Object[] slots;

    RingDeque(int capacity) {
        this(capacity, 0);
    }

    /** A ring whose indices start at {@code startIndex}, so that tests reach their wrap-around. */
    RingDeque(int capacity, int startIndex) {
        super(pack(startIndex, startIndex), /* knownFree= */ startIndex + capacity);
        if (capacity <= 0 || capacity > MAX_CAPACITY || Integer.bitCount(capacity) != 1) {
            throw new IllegalArgumentException("capacity must be a power of two up to 2^30: capacity=" + capacity);
        }
        slots = new @Nullable Object[capacity];
    }

    int capacity() {
        return slots.length;
    }

    /** How many items there were at one moment during the call. */
    int size() {
        long headTail = headTailVolatile();
        return high(headTail) - low(headTail);
    }

    /** Owner: adds {@code item} at the head, or returns false if there is no free slot. */
    boolean pushHead(T item) {
        Objects.requireNonNull(item, "item");
        if (room(1) == 0) {
            return false;
        }
        setSlot(high(headTailOpaque()), item); // plain: no thief reads it before the next line
        addHeadTailRelease(pack(1, 0)); // publishes the slot: whoever moves an index past it owns it
        return true;
    }

    /**
     * Owner: adds as many of {@code items[from..to)} as fit, in order, so that the last one is nearest the head. They
     * become visible together. The array is only read.
     *
     * @return how many were added, counted from {@code from}; the caller still owns the others
     */
    int pushHead(Object[] items, int from, int to) {
        Objects.checkFromToIndex(from, to, items.length);
        assert nonNull(items, from, to) : "a null item would read as a free slot";
        int count = room(to - from);
        if (count > 0) {
            fillSlots(high(headTailOpaque()), items, from, count); // plain, as in pushHead(item)
            addHeadTailRelease(pack(count, 0)); // publishes all of them
        }
        return count;
    }

    /** Owner: how many of {@code wanted} pushes would succeed now; later, but for own pushes, as many or more would. */
    int room(int wanted) {
        // Opaque: the head is the owner's own, and a stale tail only makes the ring look fuller than it is.
        long headTail = headTailOpaque();
        int known = knownFree() - high(headTail);
        return known >= wanted ? wanted : roomSlow(headTail, wanted);
    }

    private int roomSlow(long headTail, int wanted) {
        int head = high(headTail);
        int end = head + Math.min(wanted, slots.length - (head - low(headTail)));
        int free = knownFree();
        while (free != end && slotAcquire(free) == null) {
            free++;
        }
        setKnownFree(free);
        return free - head;
    }

    /** Owner: takes the newest item, or returns null if there is none. */
    @Nullable
    T popHead() {
        long claim = claimHead(1);
        return claim == NOTHING ? null : takeHeadSlot(low(claim));
    }

    /**
     * Owner: takes up to {@code max} of the newest items with one CAS and writes them to {@code into[at..]}, the newest
     * last: a stack that grows upwards keeps the newest on top, and {@link #pushHead(Object[], int, int)} restores the
     * order they had.
     *
     * @return how many
     */
    int popHead(Object[] into, int at, int max) {
        Objects.checkFromIndexSize(at, max, into.length);
        long claim = claimHead(max);
        int count = high(claim);
        if (count > 0) {
            takeHeadSlots(low(claim), into, at, count);
        }
        return count;
    }

    /** Any thread: takes the oldest item, or returns null if there is none. */
    @Nullable
    T popTail() {
        long claim = claimTail(1);
        return claim == NOTHING ? null : takeTailSlot(low(claim));
    }

    /**
     * Any thread: takes up to {@code max} of the oldest items with one CAS and writes them to {@code into[at..]}, the
     * oldest first.
     *
     * @return how many
     */
    int popTail(Object[] into, int at, int max) {
        Objects.checkFromIndexSize(at, max, into.length);
        long claim = claimTail(max);
        int count = high(claim);
        for (int i = 0; i < count; i++) {
            into[at + i] = takeTailSlot(low(claim) + i);
        }
        return count;
    }

    /** First half of a pop at the tail: wins up to {@code max} slots. The high half is how many, the low the first. */
    long claimTail(int max) {
        while (true) {
            long headTail = headTailVolatile();
            int tail = low(headTail);
            int count = Math.min(max, high(headTail) - tail);
            if (count <= 0) {
                return NOTHING;
            }
            if (casHeadTail(headTail, pack(high(headTail), tail + count))) { // the slots are the caller's from here
                return pack(count, tail);
            }
            Thread.onSpinWait();
        }
    }

    /** Second half: takes the item from a slot that {@link #claimTail} has won, and hands the slot to the owner. */
    T takeTailSlot(int index) {
        T item = slot(index); // plain: the CAS that won it acquired the push
        SLOT.setRelease(slots, slotOf(index), null); // hands over the slot; the read above stays above
        return item;
    }

    private long claimHead(int max) {
        while (true) {
            long headTail = headTailVolatile();
            int head = high(headTail);
            int count = Math.min(max, head - low(headTail));
            if (count <= 0) {
                return NOTHING;
            }
            if (casHeadTail(headTail, pack(head - count, low(headTail)))) { // no thief can win the slots from here
                return pack(count, head - count);
            }
            Thread.onSpinWait();
        }
    }

    /*
     * Plain, read and write: before the CAS a thief could still win the slot and would find null in it; since the CAS
     * the slot lies outside [tail, head), where only the owner looks, and thieves come back to it only by way of the
     * release of a later push, which the write precedes.
     */
    private T takeHeadSlot(int index) {
        T item = slot(index);
        setSlot(index, null);
        return item;
    }

    /** The same for a range of slots: copied as a whole, they pay for the collector's barrier once. */
    private void takeHeadSlots(int index, Object[] into, int at, int count) {
        int first = slotOf(index);
        int straight = Math.min(count, slots.length - first);
        System.arraycopy(slots, first, into, at, straight);
        clear(first, straight);
        if (straight < count) {
            System.arraycopy(slots, 0, into, at + straight, count - straight);
            clear(0, count - straight);
        }
        assert nonNull(into, at, at + count) : "slot empty though claimed";
    }

    private void clear(int first, int count) {
        for (int done = 0; done < count; done += NULLS.length) {
            System.arraycopy(NULLS, 0, slots, first + done, Math.min(NULLS.length, count - done));
        }
    }

    private void fillSlots(int index, Object[] items, int from, int count) {
        int first = slotOf(index);
        int straight = Math.min(count, slots.length - first);
        System.arraycopy(items, from, slots, first, straight);
        if (straight < count) {
            System.arraycopy(items, from + straight, slots, 0, count - straight);
        }
    }

    @SuppressWarnings("unchecked") // only pushes write, and they write T
    private T slot(int index) {
        Object item = slots[slotOf(index)];
        assert item != null : "slot empty though claimed: index=" + index;
        return (T) item;
    }

    private void setSlot(int index, @Nullable Object item) {
        slots[slotOf(index)] = item;
    }

    /** Pairs with the release in {@link #takeTailSlot}: null means that its thief is done with the slot. */
    private @Nullable Object slotAcquire(int index) {
        return SLOT.getAcquire(slots, slotOf(index));
    }

    private int slotOf(int index) {
        return index & (slots.length - 1);
    }

    /* Head is high, so that the carry of an add to it falls off the word. */
    private static long pack(int high, int low) {
        return (long) high << Integer.SIZE | Integer.toUnsignedLong(low);
    }

    private static int high(long packed) {
        return (int) (packed >>> Integer.SIZE);
    }

    private static int low(long packed) {
        return (int) packed;
    }

    private static boolean nonNull(Object[] items, int from, int to) {
        for (int i = from; i < to; i++) {
            Objects.requireNonNull(items[i], "items");
        }
        return true;
    }
}
