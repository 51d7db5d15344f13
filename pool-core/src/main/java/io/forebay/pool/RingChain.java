package io.forebay.pool;

import static java.lang.invoke.ConstantBootstraps.fieldVarHandle;
import static java.lang.invoke.MethodHandles.lookup;

import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * A deque that grows: one owner pushes and pops at the head, any thread pops at the tail. It has no ring until the first
 * push. Who the owner is, and what a push makes visible, is as in {@link RingDeque}.
 *
 * <p>A pop at the tail may miss: it can return nothing though the chain was never empty while it ran. It never loses an
 * item; the next call finds it. A pop at the head does not miss.
 *
 * @param <T> what the chain holds
 */
final class RingChain<T> {
    /*
     * The idea (poolChain of Go's sync.Pool). A list of rings, each twice the size of the one before. Only the newest
     * ring is pushed to, so a ring that has a successor only drains.
     *
     *   push:     head ring full  ->  link a larger one in front, push there
     *   popHead:  from the head ring back along prev, the first ring that yields
     *   popTail:  from the tail ring along next; a ring that has a successor and then yields nothing is empty for good:
     *             CAS tail past it, and the winner cuts the successor's prev
     *
     *             prev: null <-  A  <-  B  <-  C      owner walks back
     *             next:          A  ->  B  ->  C      thieves walk forward
     *                            tail          head
     *
     * The obvious popTail, pop and then look for a successor, is wrong: between the two the owner can fill the ring
     * and link its successor, and a ring with items would be cut off. So next is read first.
     *
     * Who may touch what
     *   head   owner only
     *   tail   owner sets it once, thieves move it forward
     *   next   null, then its successor for good: written by the owner
     *   prev   its predecessor, then null for good: written by the thief that moved tail past the predecessor
     *
     * Invariants
     *   Along next from tail lie all rings that hold items; head is the last of them.
     *   Nothing before the tail holds an item, now or later.
     *
     * Not invariants
     *   Rings need not double: correctness never looks at a capacity. That is what shrink() relies on.
     *   popTail's null does not mean empty. A thief reads next == null; the owner fills the ring, links the next and
     *   pushes x there; others drain the ring; the thief finds it empty and misses x. Looking again would only narrow
     *   the gap, and a pool may miss.
     *
     * Why these modes. tail and next publish a new ring, and next its predecessor's last push too: release, read with
     * acquire. So a thief that has seen next sees every push to that ring; if it then finds nothing, nothing will
     * come. tail moves by volatile CAS. prev only ever becomes null, which publishes nothing; the release costs
     * nothing and keeps the pair uniform. head is plain: it is the owner's, and goes with the claim.
     *
     * Linearization: a push, at that of the ring it lands in (a new ring is linked empty, then filled). A batch can
     * span two rings and is then two. popHead, at the ring's CAS, or when it finds the last ring empty: only thieves
     * remove meanwhile. popTail, at the ring's CAS.
     *
     * Failure: the only step that can fail, allocating a ring, comes before anything is taken over or linked. A push
     * that throws has pushed nothing, of a batch neither.
     */

    private static final VarHandle TAIL =
            fieldVarHandle(lookup(), "tail", VarHandle.class, RingChain.class, RingLink.class);

    /** As in Go: one line or two of references. */
    private static final int INITIAL_CAPACITY = 8;

    private final int initialCapacity;
    private final int maxCapacity;
    private final IntFunction<RingDeque<T>> rings;

    /** owner only, plain: the newest ring, or null before the first push. */
    private @Nullable RingLink<T> head;

    /** owner sets release from null, thieves CAS volatile, all read acquire: the oldest ring that may hold items. */
    @SuppressWarnings("unused") // through TAIL
    private volatile @Nullable RingLink<T> tail;

    RingChain() {
        this(INITIAL_CAPACITY, RingDeque.MAX_CAPACITY, RingDeque::new);
    }

    /**
     * A chain whose first ring holds {@code initialCapacity}, whose rings never exceed {@code maxCapacity}, both powers
     * of two, and are made by {@code rings}, from the capacity.
     */
    RingChain(int initialCapacity, int maxCapacity, IntFunction<RingDeque<T>> rings) {
        assert Integer.bitCount(initialCapacity) == 1 && Integer.bitCount(maxCapacity) == 1;
        assert initialCapacity > 0 && initialCapacity <= maxCapacity && maxCapacity <= RingDeque.MAX_CAPACITY;
        this.initialCapacity = initialCapacity;
        this.maxCapacity = maxCapacity;
        this.rings = rings;
    }

    /** Owner: adds {@code item} at the head. If memory for a ring is short, throws and has not added it. */
    void pushHead(T item) {
        RingLink<T> head = this.head;
        if (head == null || !head.ring.pushHead(item)) {
            pushHeadSlow(Objects.requireNonNull(item, "item"));
        }
    }

    private void pushHeadSlow(T item) {
        RingLink<T> link = grown(1);
        append(link);
        boolean pushed = link.ring.pushHead(item);
        assert pushed : "a new ring was full";
    }

    /**
     * Owner: adds {@code items[from..to)} at the head, in order, so that the last one is nearest the head. If memory for
     * a ring is short, throws and has added none. The array is only read.
     */
    void pushHead(Object[] items, int from, int to) {
        Objects.checkFromToIndex(from, to, items.length);
        int count = to - from;
        if (count == 0) {
            return;
        }
        RingLink<T> head = this.head;
        int room = head == null ? 0 : head.ring.room(count);
        if (head != null && room == count) {
            head.ring.pushHead(items, from, to);
            return;
        }
        RingLink<T> link = grown(count - room); // first, as it can fail
        if (head != null) {
            head.ring.pushHead(items, from, from + room);
        }
        append(link);
        int pushed = link.ring.pushHead(items, from + room, to);
        assert pushed == count - room : "a new ring was full";
    }

    /** Owner: takes the newest item, or returns null if there is none. */
    @Nullable
    T popHead() {
        RingLink<T> link = head;
        while (link != null) {
            T item = link.ring.popHead();
            if (item != null) {
                return item;
            }
            link = link.prevAcquire();
        }
        return null;
    }

    /**
     * Owner: takes up to {@code max} of the newest items with one CAS and writes them to {@code into[at..]}, the newest
     * last. It takes from one ring only, so fewer than {@code max} does not mean empty; none does.
     *
     * @return how many
     */
    int popHead(Object[] into, int at, int max) {
        RingLink<T> link = head;
        while (link != null) {
            int count = link.ring.popHead(into, at, max);
            if (count > 0) {
                return count;
            }
            link = link.prevAcquire();
        }
        return 0;
    }

    /** Any thread: takes the oldest item, or returns null if it found none, which may be a miss. */
    @Nullable
    T popTail() {
        RingLink<T> link = tailAcquire();
        while (link != null) {
            RingLink<T> next = link.nextAcquire(); // before the pop: see above
            T item = link.ring.popTail();
            if (item != null) {
                return item;
            }
            link = stepOver(link, next);
        }
        return null;
    }

    /**
     * Any thread: takes up to {@code max} of the oldest items with one CAS and writes them to {@code into[at..]}, the
     * oldest first. It takes from one ring only; fewer than {@code max}, or none, does not mean empty.
     *
     * @return how many
     */
    int popTail(Object[] into, int at, int max) {
        RingLink<T> link = tailAcquire();
        while (link != null) {
            RingLink<T> next = link.nextAcquire(); // before the pop: see above
            int count = link.ring.popTail(into, at, max);
            if (count > 0 || max == 0) { // having asked for none is not having found none
                return count;
            }
            link = stepOver(link, next);
        }
        return 0;
    }

    /** How many items there are, roughly: exact only while no other thread works on the chain. */
    long size() {
        long size = 0;
        for (RingLink<T> link = tailAcquire(); link != null; link = link.nextAcquire()) {
            size += link.ring.size();
        }
        return size;
    }

    /** Whether a look at each ring, nearly always one, found none with items. For the owner, true is certain. */
    boolean isEmpty() {
        for (RingLink<T> link = tailAcquire(); link != null; link = link.nextAcquire()) {
            if (link.ring.size() > 0) {
                return false;
            }
        }
        return true;
    }

    /** How many items the rings in the list have memory for. */
    long capacity() {
        long capacity = 0;
        for (RingLink<T> link = tailAcquire(); link != null; link = link.nextAcquire()) {
            capacity += link.ring.capacity();
        }
        return capacity;
    }

    /**
     * Owner: if the chain is empty and has grown, goes back to a ring of the initial capacity, and lets the others go.
     *
     * <p>This is growth to a smaller ring, then the step that any thief takes: nothing here is new to the algorithm.
     */
    void shrink() {
        RingLink<T> head = this.head;
        if (head == null || head.ring.capacity() == initialCapacity || !isEmpty()) {
            return;
        }
        append(new RingLink<>(rings.apply(initialCapacity), head));
        RingLink<T> link = tailAcquire();
        while (link != null) { // every ring but the new one is empty and has a successor
            link = stepOver(link, link.nextAcquire());
        }
    }

    /** Leaves {@code link}, found empty after {@code next} was read: for good if it has a successor. */
    private @Nullable RingLink<T> stepOver(RingLink<T> link, @Nullable RingLink<T> next) {
        if (next != null && TAIL.compareAndSet(this, link, next)) {
            next.setPrevRelease(null); // for the garbage collector; the owner now stops here
        }
        return next;
    }

    /** A ring twice as large as the newest, or as large as it takes, not yet linked. */
    private RingLink<T> grown(int needed) {
        if (needed > maxCapacity) {
            throw new IllegalArgumentException("a batch must fit in one ring: " + needed + " > " + maxCapacity);
        }
        RingLink<T> head = this.head;
        long capacity = head == null ? initialCapacity : Math.min(head.ring.capacity() * 2L, maxCapacity);
        while (capacity < needed) {
            capacity *= 2;
        }
        return new RingLink<>(rings.apply((int) capacity), head);
    }

    /** Makes {@code link}, still empty, the newest ring. */
    private void append(RingLink<T> link) {
        RingLink<T> head = this.head;
        this.head = link;
        if (head == null) {
            setTailRelease(link); // publishes the ring
            return;
        }
        head.setNextRelease(link); // publishes the ring, and that its predecessor gets no more pushes
    }

    @SuppressWarnings("unchecked") // the field's type
    private @Nullable RingLink<T> tailAcquire() {
        return (RingLink<T>) TAIL.getAcquire(this);
    }

    private void setTailRelease(RingLink<T> link) {
        TAIL.setRelease(this, link);
    }
}
