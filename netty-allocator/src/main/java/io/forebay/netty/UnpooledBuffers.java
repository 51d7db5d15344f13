package io.forebay.netty;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/** The buffers of one kind that no pool keeps: each is made for one life, and counted. Any thread. */
final class UnpooledBuffers {
    private final ForebayAllocator allocator;
    private final IntFunction<PooledBuf> maker;
    private final Consumer<PooledBuf> destructor;
    private final LongAdder begun = new LongAdder(); // to be made, less what could not be
    private final LongAdder created = new LongAdder(); // a count that only rises
    private final LongAdder destroyed = new LongAdder();
    private final LongAdder leaked = new LongAdder();
    private final AtomicLong bytes = new AtomicLong();
    private final CompletableFuture<Void> allBack = new CompletableFuture<>();
    private boolean closed; // under the lock of this

    /** None yet; {@code maker} makes one of so many bytes. */
    UnpooledBuffers(ForebayAllocator allocator, IntFunction<PooledBuf> maker, Consumer<PooledBuf> destructor) {
        this.allocator = allocator;
        this.maker = maker;
        this.destructor = destructor;
    }

    /**
     * Makes a buffer whose life has yet to begin.
     *
     * @throws IllegalStateException if the allocator is closed
     */
    PooledBuf take(int capacity) {
        synchronized (this) {
            if (closed) {
                throw allocator.closedException();
            }
            begun.increment(); // before the buffer is made, so that a close meanwhile waits for it
        }
        boolean done = false;
        try {
            PooledBuf buf = maker.apply(capacity);
            bytes.addAndGet(buf.memoryBytes());
            created.increment();
            done = true;
            return buf;
        } finally {
            if (!done) {
                begun.decrement();
                checkAllBack();
            }
        }
    }

    /** Ends one whose last reference is gone. */
    void destroy(PooledBuf buf) {
        bytes.addAndGet(-buf.memoryBytes());
        try {
            destructor.accept(buf);
        } finally {
            destroyed.increment();
            checkAllBack();
        }
    }

    /** One with so much memory was garbage-collected. */
    void countLeak(int memoryBytes) {
        bytes.addAndGet(-memoryBytes);
        leaked.increment();
        checkAllBack();
    }

    private void checkAllBack() {
        boolean closed;
        synchronized (this) {
            closed = this.closed;
        }
        if (closed && begun.sum() == destroyed.sum() + leaked.sum()) {
            allBack.complete(null);
        }
    }

    /** From here on none is made; completes when the last is destroyed or found leaked, on the thread that did so. */
    CompletableFuture<Void> close() {
        synchronized (this) {
            closed = true;
        }
        checkAllBack();
        return allBack;
    }

    void addTo(StatsSum sum) {
        sum.addUnpooled(created.sum(), destroyed.sum(), leaked.sum(), bytes.get());
    }
}
