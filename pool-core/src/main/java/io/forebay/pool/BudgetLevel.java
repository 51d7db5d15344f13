package io.forebay.pool;

import static java.lang.invoke.ConstantBootstraps.fieldVarHandle;
import static java.lang.invoke.MethodHandles.lookup;

import java.lang.invoke.VarHandle;

/** The bytes of one budget: how many are in use, of how many. Knows nothing of parents, and of waiters only that they are. */
final class BudgetLevel extends BudgetLayout.Padded {
    /*
     * The idea. One word holds the bytes in use (48 bits) and the epoch of the limit (16 bits).
     *
     *   take:      read the word, then the cap;  used + bytes <= cap  ->  CAS word -> word + bytes
     *              else refuse, if the word is still the same
     *   giveBack:  read the word;                used >= bytes        ->  CAS word -> word - bytes
     *   setLimit:  cap = new;  add 1 to the epoch
     *   close:     cap = -1;   add 1 to the epoch
     *
     * The obvious version, without the epoch, lets a take that has read the old limit win its CAS after setLimit has
     * returned: whoever has set a limit and seen that less is in use would then see more. A take that wins read its word
     * before the epoch moved, so before setLimit returned. A refusal looks at the word again because the bytes of before
     * and the cap of after may refuse what neither moment would.
     *
     * Waiters. watched is not 0 while a waiter stands here, or when the level is closed. Those who give back write the
     * word and then read watched; those who begin to wait write watched and then look at the word (BudgetQueue). Both
     * words are volatile, so at least one of the two sees the other. With a weaker mode on either side both can miss
     * (Dekker's pattern), and the waiter waits for ever beside free bytes.
     *
     * Who may touch what
     *   state             any thread: CAS; restore adds
     *   limit, cap, watched   who holds the tree's lock, volatile; read by any thread
     *   peak              any thread, CAS to a larger value
     *
     * Invariants
     *   0 <= used, and used grows only by a take, to at most the cap of that moment.
     *
     * Not invariants
     *   used <= limit: the limit may be set below what is in use.
     *   A limit changes for all at once: until setLimit returns, a refusal may go by the new one and then a take that
     *   began before by the old one.
     *   used is what was granted: a take that an ancestor is about to refuse is in it for a moment.
     *
     * Limits. 2^48 - 1 bytes in use. After exactly 2^16 changes of the limit between a take's read and its CAS the epoch
     * looks unchanged.
     *
     * Linearization: take and giveBack at their successful CAS, or, if they refuse, at their last read of the word; setLimit
     * at its add. Progress: lock-free, a CAS fails only because another one succeeded.
     */

    /** What a budget without a limit can hold: 256 TiB. */
    static final long MOST_BYTES = (1L << 48) - 1;

    private static final long EPOCH = 1L << 48;
    private static final long CLOSED_CAP = -1;
    private static final int CLOSED = 1 << 31;

    private static final VarHandle PEAK =
            fieldVarHandle(lookup(), "peak", VarHandle.class, BudgetLevel.class, long.class);

    private volatile long limit; // as it was set
    private volatile long cap; // what used may grow to
    private volatile int watched; // how many stand here; the sign bit says closed
    private volatile long peak;

    BudgetLevel(long limit) {
        this.limit = limit;
        this.cap = Math.min(limit, MOST_BYTES);
    }

    /** Whether a take would succeed now, and no waiter stands before it. */
    boolean isOpenFor(long bytes) {
        return watched == 0 && hasRoom(bytes);
    }

    boolean hasRoom(long bytes) {
        while (true) {
            long state = stateVolatile();
            boolean hasRoom = bytes <= cap - usedOf(state);
            if (hasRoom || state == stateVolatile()) {
                return hasRoom;
            }
            Thread.onSpinWait();
        }
    }

    /** Less than 0 if the limit was set below what is in use. */
    long room() {
        return cap - used();
    }

    boolean take(long bytes) {
        while (true) {
            long state = stateVolatile();
            long used = usedOf(state);
            boolean hasRoom = bytes <= cap - used;
            if (hasRoom && casState(state, state + bytes)) { // the bytes are the caller's from here
                raisePeak(used + bytes);
                return true;
            }
            if (!hasRoom && state == stateVolatile()) {
                return false;
            }
            Thread.onSpinWait();
        }
    }

    /** Returns false, and does nothing, if fewer bytes are in use. */
    boolean giveBack(long bytes) {
        while (true) {
            long state = stateVolatile();
            if (bytes > usedOf(state)) {
                return false;
            }
            if (casState(state, state - bytes)) { // anybody's from here; the caller has to look at watched next
                return true;
            }
            Thread.onSpinWait();
        }
    }

    /** Undoes a giveBack that turned out to be somebody's mistake. */
    void restore(long bytes) {
        addState(bytes);
    }

    private void raisePeak(long used) {
        long peak = this.peak;
        while (peak < used && !PEAK.compareAndSet(this, peak, used)) {
            peak = this.peak;
        }
    }

    long used() {
        return usedOf(stateVolatile());
    }

    long peak() {
        return peak;
    }

    long limit() {
        return limit;
    }

    /** The largest request that could ever be met; less than 0 if closed. */
    long cap() {
        return cap;
    }

    /** Under the tree's lock. */
    void setLimit(long limit) {
        this.limit = limit;
        cap = Math.min(limit, MOST_BYTES);
        addState(EPOCH);
    }

    /** Under the tree's lock: no take succeeds any more. */
    void close() {
        cap = CLOSED_CAP;
        addState(EPOCH);
        watched |= CLOSED; // before the caller looks whether anything is in use: who gives back the last sees it
    }

    boolean isClosed() {
        return cap == CLOSED_CAP;
    }

    /** Under the tree's lock. Has to be followed by a look at the room. */
    void setStanding(int waiters) {
        watched = (watched & CLOSED) | waiters;
    }

    /** Whether who gives back has more to do: let a waiter in, or end a closed budget. */
    boolean isWatched() {
        return watched != 0;
    }

    private static long usedOf(long state) {
        return state & MOST_BYTES;
    }
}
