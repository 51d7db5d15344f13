package io.forebay.pool;

import static java.lang.invoke.ConstantBootstraps.fieldVarHandle;
import static java.lang.invoke.MethodHandles.lookup;

import java.lang.invoke.VarHandle;

/** Where the word that every reserve and release writes lies in memory: alone, as in {@link RingLayout}. */
final class BudgetLayout {
    private BudgetLayout() {}

    /** Parts the word from whatever lies before the object. */
    @SuppressWarnings("unused") // padding is never read
    abstract static class Before {
        private long b00, b01, b02, b03, b04, b05, b06, b07;
        private long b08, b09, b10, b11, b12, b13, b14, b15;
    }

    /** The word: bytes in use, and the epoch of the limit. */
    abstract static class Word extends Before {
        private static final VarHandle STATE =
                fieldVarHandle(lookup(), "state", VarHandle.class, Word.class, long.class);

        /** any thread CASes or adds, any thread reads; volatile */
        @SuppressWarnings("unused") // through STATE
        private volatile long state;

        final long stateVolatile() {
            return (long) STATE.getVolatile(this);
        }

        final boolean casState(long expected, long updated) {
            return STATE.compareAndSet(this, expected, updated);
        }

        final void addState(long delta) {
            STATE.getAndAdd(this, delta);
        }
    }

    /** Parts the word from the subclass's fields and whatever lies after the object. */
    @SuppressWarnings("unused") // padding is never read
    abstract static class Padded extends Word {
        private long a00, a01, a02, a03, a04, a05, a06, a07;
        private long a08, a09, a10, a11, a12, a13, a14, a15;
    }
}
