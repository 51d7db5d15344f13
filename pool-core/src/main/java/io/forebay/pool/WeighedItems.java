package io.forebay.pool;

import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** Bounds the idle bytes of a pool whose items differ in weight. */
final class WeighedItems<T> implements ItemWatch<T> {
    private final ToLongFunction<? super T> weigher;
    private final long maxIdleBytes;
    private final LongAdder idleBytes = new LongAdder();

    WeighedItems(ToLongFunction<? super T> weigher, long maxIdleBytes) {
        this.weigher = weigher;
        this.maxIdleBytes = maxIdleBytes;
    }

    @Override
    public @Nullable T put(T item, Destroyer<T> destroyer) {
        long bytes = bytesOf(item);
        idleBytes.add(bytes); // first added, then looked at: of two that together exceed the bound at least one sees it
        if (idleBytes.sum() > maxIdleBytes) {
            idleBytes.add(-bytes);
            destroyer.add(item);
            return null;
        }
        return item;
    }

    private long bytesOf(T item) {
        long bytes = weigher.applyAsLong(item);
        if (bytes < 0) {
            throw new IllegalStateException("the weigher returned " + bytes + " bytes for " + item);
        }
        return bytes;
    }

    @Override
    public void taken(T item) {
        long bytes;
        try {
            bytes = bytesOf(item);
        } catch (RuntimeException | Error failure) { // goes to the handler: the item has left and must not be lost
            Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, failure);
            return;
        }
        idleBytes.add(-bytes);
    }

    @Override
    public void handedOut(T item) {}

    @Override
    public void dropped(T item) {}

    @Override
    public int held() {
        return 0;
    }

    @Override
    public void drainHeld(Destroyer<T> destroyer) {}

    long idleBytes() {
        return idleBytes.sum();
    }
}
