package io.forebay.netty;

import static java.lang.invoke.ConstantBootstraps.fieldVarHandle;
import static java.lang.invoke.MethodHandles.lookup;

import io.netty.buffer.AbstractByteBuf;
import io.netty.buffer.ByteBuf;
import io.netty.util.IllegalReferenceCountException;
import java.lang.invoke.VarHandle;

/** A buffer that keeps its reference count in a field of its own, so that counting touches no second object. */
abstract class CountedByteBuf extends AbstractByteBuf {
    private static final VarHandle COUNT =
            fieldVarHandle(lookup(), "count", VarHandle.class, CountedByteBuf.class, int.class);

    // Any holder of a reference changes it by CAS, any thread reads opaque, or plain to refuse access. 0: released, and
    // whoever made it 0 owns the buffer until it is handed out again.
    private int count;

    CountedByteBuf(int maxCapacity) {
        super(maxCapacity);
    }

    /** The reference count became 0; the caller is the only owner. */
    abstract void deallocate();

    /** Starts a new life. Plain is enough: until it is handed out, the buffer is the calling thread's alone. */
    final void resetCount() {
        count = 1;
    }

    @Override
    public final int refCnt() {
        return (int) COUNT.getOpaque(this); // a check, not an edge: whoever hands a buffer over must order that itself
    }

    /**
     * Whether access must be refused. Plain is enough, as in Netty's own check: it is there to detect misuse and orders
     * nothing. A holder is never refused, because the reset happened before it got the buffer and no one takes the count
     * to 0 meanwhile; a thread's own release is always seen; another thread's is seen sooner or later, or never in a
     * loop that does nothing else.
     */
    final boolean isReleasedPlain() {
        return count == 0;
    }

    @Override
    public final boolean release() {
        if (refCnt() == 1 && COUNT.compareAndSet(this, 1, 0)) { // acquires what other holders did before their release
            deallocate();
            return true;
        }
        return releaseSlow(1);
    }

    @Override
    public final boolean release(int decrement) {
        if (decrement <= 0) {
            throw new IllegalArgumentException("decrement must be > 0: decrement=" + decrement);
        }
        return releaseSlow(decrement);
    }

    private boolean releaseSlow(int decrement) {
        while (true) {
            int count = refCnt();
            if (count < decrement) {
                throw new IllegalReferenceCountException(count, -decrement);
            }
            if (COUNT.compareAndSet(this, count, count - decrement)) {
                if (count != decrement) {
                    return false;
                }
                deallocate();
                return true;
            }
            Thread.onSpinWait();
        }
    }

    @Override
    public final ByteBuf retain() {
        return retain(1);
    }

    @Override
    public final ByteBuf retain(int increment) {
        if (increment <= 0) {
            throw new IllegalArgumentException("increment must be > 0: increment=" + increment);
        }
        while (true) {
            int count = refCnt();
            if (count == 0 || count + increment < 0) { // released, or more references than an int holds
                throw new IllegalReferenceCountException(count, increment);
            }
            if (COUNT.compareAndSet(this, count, count + increment)) {
                return this;
            }
            Thread.onSpinWait();
        }
    }

    @Override
    public final ByteBuf touch() {
        return this;
    }

    @Override
    public final ByteBuf touch(Object hint) {
        return this;
    }
}
