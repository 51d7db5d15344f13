package io.forebay.netty;

import org.jspecify.annotations.Nullable;

/** The way home for the buffers that {@link ReturnRing} has no room for: any thread pushes, the loop takes all. */
final class ReturnStack extends ReturnStackLayout {
    /*
     * The idea (Treiber's stack, with a pop that takes everything, so there is no ABA):
     *
     *   push:     link the buffer to the top, CAS it on top; not if the stack is closed
     *   takeAll:  CAS the top to END, and walk the links at leisure
     *
     * Who may touch what: the link of a buffer is null off the stack; whoever changes it from null by CAS may push it, and
     * only the walk sets it back. So a buffer is here at most once, even if two threads release it that should not.
     * The fields `returned` of a buffer belong to its pusher until the CAS on the top publishes them.
     *
     * Linearization: the CAS of the top; of a refused push, the read that found CLOSED, which never changes again.
     */
    private static final Object CLOSED = new Object();

    /**
     * Any thread that made the last reference a return, and nobody else: sends the buffer home.
     *
     * @return false if the stack is closed: the buffer is still the caller's
     */
    boolean push(PooledBuf buf) {
        if (!buf.casLink(null, END)) {
            return true; // there already: released twice, which the walk will find out
        }
        while (true) {
            Object top = topAcquire();
            if (top == CLOSED) {
                buf.setLinkRelease(null);
                return false;
            }
            buf.linkTo(top);
            if (TOP.compareAndSet(this, top, buf)) { // publishes the buffer, its link and sums
                return true;
            }
            Thread.onSpinWait();
        }
    }

    boolean isEmpty() {
        return !(topAcquire() instanceof PooledBuf);
    }

    /** Takes all there are: the newest, or END; the others by {@link PooledBuf#unlink}. */
    Object takeAll() {
        return take(END);
    }

    /** Takes all there are; from here on pushes are refused. */
    Object close() {
        return take(CLOSED);
    }

    @SuppressWarnings("ReferenceEquality") // of marks, which equal nothing else
    private Object take(Object left) {
        while (true) {
            Object top = topAcquire();
            if (top == CLOSED || top == left) {
                return END;
            }
            if (TOP.compareAndSet(this, top, left)) { // the buffers are the caller's
                return top;
            }
            Thread.onSpinWait();
        }
    }

    /** The newest, whose sums are those of all, or null; exact at a quiet point. */
    @Nullable
    PooledBuf peek() {
        return topAcquire() instanceof PooledBuf newest ? newest : null;
    }

    private Object topAcquire() {
        return TOP.getAcquire(this);
    }
}
