package io.forebay.netty;

import io.forebay.pool.MemoryBudget;
import io.forebay.pool.Slot;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Buffers of no allocator, made here and nowhere else. Whoever sees one arrive has to see what its releaser wrote. */
final class Bufs {
    static final int NONE = 0;

    /** Of a buffer that was seen before its content, or without the mark of one on its way home. */
    static final int BLANK = -1;

    static final int BYTES = 64;

    private static final HeapKind KIND =
            new HeapKind(new MemoryLimit(MemoryBudget.create("stress", Long.MAX_VALUE), Supplier::get));
    private static final BufferPools POOLS = pools();

    /** Takes up room, and is nobody's: it bears no mark. */
    private static final PooledBuf FILLER = make();

    private Bufs() {}

    @SuppressWarnings("NullAway") // an allocator is asked for its name at most
    private static BufferPools pools() {
        Loops none = new Loops(loop -> false, loop -> {});
        return new BufferPools(null, KIND, /* isDirect= */ false, none, new LeakWatch(), /* debug= */ false);
    }

    /** A loop that no thread runs: a place that buffers are sent to. */
    @SuppressWarnings("NullAway") // it has no tasks
    static Loop loop() {
        return new Loop(null, loop -> false, loop -> {});
    }

    static HeapBuf make() {
        return new HeapBuf(POOLS, KIND, 0, BYTES);
    }

    /** As a loop hands it out, with one reference. */
    static HeapBuf handOut(Loop home, Slot<PooledBuf> slot) {
        HeapBuf buf = make();
        buf.takenFrom(home, slot);
        buf.handOut(BYTES, BYTES);
        return buf;
    }

    /** What its releaser does before it sends the buffer. */
    static HeapBuf departed(HeapBuf buf, int content) {
        buf._setByte(0, content);
        buf.depart();
        return buf;
    }

    static int contentOf(HeapBuf buf, int index) {
        int content = buf._getByte(index);
        return content == 0 ? BLANK : content;
    }

    /** What the loop does with what it found: returns the content, NONE if it found nothing. */
    static int arrive(@Nullable PooledBuf buf) {
        if (buf == null) {
            return NONE;
        }
        return buf.arrive() ? contentOf((HeapBuf) buf, 0) : BLANK;
    }

    /** A ring on which as many buffers have come and gone as {@code index} says. */
    static ReturnRing ringAt(long index) {
        ReturnRing ring = new ReturnRing();
        ReturnRing.HEAD.set(ring, index);
        ReturnRing.TAIL.set(ring, index);
        ReturnRing.LIMIT.set(ring, index + ReturnRing.CAPACITY);
        return ring;
    }

    /** So many producers won a slot each and stall before they store in it, which takes room at no cost. */
    static void stall(ReturnRing ring, int producers) {
        long tail = (long) ReturnRing.TAIL.get(ring);
        ReturnRing.TAIL.set(ring, tail + producers);
    }

    /** A way home whose ring has room for so many. Stalled producers would not do: what overflows is found last. */
    static Returns returnsWithRoom(int room) {
        Returns returns = new Returns();
        for (int i = 0; i < ReturnRing.CAPACITY - room; i++) {
            returns.send(FILLER);
        }
        return returns;
    }

    /** What arrives, on one thread. */
    static final class Arrivals implements Consumer<PooledBuf> {
        /** The contents, in the order of arrival. */
        int digits;

        /** How many arrived as they should, so came to be idle. */
        int idle;

        /** How many came without their mark: released, and idle, before. */
        int doubles;

        @Override
        @SuppressWarnings("ReferenceEquality") // the very one
        public void accept(PooledBuf buf) {
            if (buf == FILLER) {
                return;
            }
            int content = arrive(buf);
            digits = digits * 10 + content;
            if (content == BLANK) {
                doubles++;
            } else {
                idle++;
            }
        }

        /** All that a stack gave. */
        Arrivals walk(Object newest) {
            Object next = newest;
            while (next instanceof PooledBuf buf) {
                next = buf.unlink();
                accept(buf);
            }
            return this;
        }
    }
}
