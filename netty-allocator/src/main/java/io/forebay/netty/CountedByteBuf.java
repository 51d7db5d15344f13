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

    /** Released for good on another thread than its home's, and on its way there. */
    private static final int RETURNED = -1;

    /*
     * > 0: so many references. 0: released, or not yet handed out. RETURNED: as above. Any thread reads it, opaque, or
     * plain to refuse access.
     *
     *   > 0 -> > 0        any holder, by CAS
     *   1 -> 0            the home's thread, by a plain store; where there is no home any holder, by CAS
     *   1 -> RETURNED     another holder, by CAS, who then sends the buffer home
     *   RETURNED -> 0     the home's thread, whoever found the home gone, or the other holder himself who ends a life
     *                     that somebody attends to, plain
     *   0 -> 1            whoever hands the buffer out, plain
     *
     * Why no CAS at home. Who releases holds a reference; if the count is 1 there is no other, so nobody may change it
     * meanwhile: to retain takes a reference too, or the word of someone who holds one that he keeps it until that has
     * been done, which orders the retain before his release. Who breaks this rule, say by a second release on another
     * thread at the same moment, is caught as Returns describes.
     */
    private int count;

    CountedByteBuf(int maxCapacity) {
        super(maxCapacity);
    }

    /**
     * If the calling thread is the home of this buffer, so the only one that makes it idle, {@linkplain #endCount() ends}
     * its last reference and makes it idle; else does nothing and returns false.
     */
    abstract boolean becomeIdleAtHome();

    /** The last reference is gone, at home. Plain: nobody else has the buffer. */
    final void endCount() {
        count = 0;
    }

    /** Whether this buffer has a home that the caller, who is not there, must send it to. */
    abstract boolean hasHomeElsewhere();

    /** The last reference is gone; the caller is the only owner, and at home if there is one. */
    abstract void deallocate();

    /** The last reference is gone; the caller must send the buffer home, and has {@link #arrive} called there. */
    abstract void sendHome();

    /** Starts a new life. Plain is enough: until it is handed out, the buffer is the calling thread's alone. */
    final void resetCount() {
        count = 1;
    }

    /** The caller owns the buffer, which was not handed out, and is about to send it home. */
    final void depart() {
        count = RETURNED;
    }

    /** At home, or where home is gone. Returns whether the buffer came to be idle; false: it was released twice. */
    final boolean arrive() {
        if (count != RETURNED) {
            return false;
        }
        count = 0;
        return true;
    }

    @Override
    public final int refCnt() {
        // A check, not an edge: whoever hands a buffer over must order that itself.
        int count = (int) COUNT.getOpaque(this);
        return count > 0 ? count : refCntOfReleased();
    }

    /** 0; but Netty, which asks in order to refuse access, may be refused in better words. */
    int refCntOfReleased() {
        return 0;
    }

    /** What to throw where the count does not allow a change. */
    IllegalReferenceCountException refusal(int count, int change) {
        return new IllegalReferenceCountException(count, change);
    }

    /**
     * Whether access must be refused. Plain is enough, as in Netty's own check: it is there to detect misuse and orders
     * nothing. A holder is never refused, because the reset happened before it got the buffer and no one takes the count
     * to 0 meanwhile; a thread's own release is always seen; another thread's is seen sooner or later, or never in a
     * loop that does nothing else.
     */
    final boolean isReleasedPlain() {
        return count <= 0;
    }

    @Override
    public final boolean release() {
        // Acquires what other holders did before their release.
        if ((int) COUNT.getAcquire(this) == 1 && becomeIdleAtHome()) {
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
                throw refusal(count, -decrement);
            }
            if (count == decrement) {
                if (releaseLast(count)) {
                    return true;
                }
            } else if (COUNT.compareAndSet(this, count, count - decrement)) { // releases what this holder did
                return false;
            }
            Thread.onSpinWait();
        }
    }

    private boolean releaseLast(int count) {
        boolean elsewhere = hasHomeElsewhere();
        if (!COUNT.compareAndSet(this, count, elsewhere ? RETURNED : 0)) {
            return false;
        }
        if (elsewhere) {
            sendHome();
        } else {
            deallocate();
        }
        return true;
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
                throw refusal(count, increment);
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
