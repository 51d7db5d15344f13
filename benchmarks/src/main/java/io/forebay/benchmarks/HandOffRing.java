package io.forebay.benchmarks;

import io.netty.buffer.ByteBuf;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A bounded queue from one thread to one other, whose two sides keep their own positions, both counted from 0. As cheap
 * as a queue can be, so that it hides little of the allocator's cost. Not for more than one thread at either side.
 */
final class HandOffRing {
    // An empty slot is null: the producer fills only null slots, the consumer empties only filled ones.
    private static final int CAPACITY = 256;

    private final AtomicReferenceArray<@Nullable ByteBuf> slots = new AtomicReferenceArray<>(CAPACITY);

    /** Whether the buffer was taken into the queue; false if the queue is full. */
    boolean offer(int position, ByteBuf buffer) {
        int slot = position & (CAPACITY - 1);
        if (slots.getAcquire(slot) != null) {
            return false;
        }
        slots.setRelease(slot, buffer); // hands the buffer over to the consumer
        return true;
    }

    /** The buffer at this position, or null if it has not come yet. */
    @Nullable
    ByteBuf poll(int position) {
        int slot = position & (CAPACITY - 1);
        @Nullable ByteBuf buffer = slots.getAcquire(slot);
        if (buffer != null) {
            slots.setRelease(slot, null); // hands the slot back to the producer
        }
        return buffer;
    }

    /** Empties the queue; neither side may be running. */
    void drain(Consumer<ByteBuf> target) {
        for (int slot = 0; slot < CAPACITY; slot++) {
            @Nullable ByteBuf buffer = slots.getAndSet(slot, null);
            if (buffer != null) {
                target.accept(buffer);
            }
        }
    }
}
