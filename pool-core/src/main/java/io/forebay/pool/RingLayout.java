package io.forebay.pool;

import static java.lang.invoke.ConstantBootstraps.fieldVarHandle;
import static java.lang.invoke.MethodHandles.lookup;

import java.lang.invoke.VarHandle;

/**
 * Where a ring's indices lie in memory, and the ways in which they may be read and written.
 *
 * <p>The one word every thread writes has 128 bytes to itself on either side: two lines of 64, because x86 fetches
 * lines in pairs, or one of 128. The padding is longs, not bytes: they start 8-aligned and leave no gap beside the word
 * that the JVM could fill with a field of the subclass. The layers are classes since HotSpot orders fields freely
 * within a class, never a subclass's before its parent's.
 */
final class RingLayout {
    private RingLayout() {}

    /** Parts the word from whatever lies before the object. */
    @SuppressWarnings("unused") // padding is never read
    abstract static class Before {
        private long b00, b01, b02, b03, b04, b05, b06, b07;
        private long b08, b09, b10, b11, b12, b13, b14, b15;
    }

    /** The word: head in the high half, tail in the low half. Beside it what only its owner uses, who writes both. */
    abstract static class Indices extends Before {
        private static final VarHandle HEAD_TAIL =
                fieldVarHandle(lookup(), "headTail", VarHandle.class, Indices.class, long.class);

        /** owner adds release and CASes volatile, thieves CAS volatile; owner reads opaque or volatile, others volatile. */
        @SuppressWarnings("unused") // through HEAD_TAIL
        private volatile long headTail;

        private long knownFree; // owner only, plain, an index; a long, so that it leaves no gap either

        Indices(long headTail, int knownFree) {
            this.headTail = headTail;
            this.knownFree = knownFree;
        }

        final int knownFree() {
            return (int) knownFree;
        }

        final void setKnownFree(int index) {
            knownFree = index;
        }

        final long headTailVolatile() {
            return (long) HEAD_TAIL.getVolatile(this);
        }

        final long headTailOpaque() {
            return (long) HEAD_TAIL.getOpaque(this);
        }

        final boolean casHeadTail(long expected, long updated) {
            return HEAD_TAIL.compareAndSet(this, expected, updated);
        }

        final void addHeadTailRelease(long delta) {
            HEAD_TAIL.getAndAddRelease(this, delta);
        }
    }

    /** Parts the word from the subclass's fields and whatever lies after the object. */
    @SuppressWarnings("unused") // padding is never read
    abstract static class Padded extends Indices {
        private long a00, a01, a02, a03, a04, a05, a06, a07;
        private long a08, a09, a10, a11, a12, a13, a14, a15;

        Padded(long headTail, int knownFree) {
            super(headTail, knownFree);
        }
    }
}
