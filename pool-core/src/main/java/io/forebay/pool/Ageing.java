package io.forebay.pool;

import static io.forebay.pool.SlotLayout.CHAIN_LEVEL;
import static io.forebay.pool.SlotLayout.CHAIN_LOW;
import static io.forebay.pool.SlotLayout.CHAIN_LOW_CYCLE;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** What a cycle does to one slot: marks what is idle as victim and destroys what was still victim. */
final class Ageing<T> {
    /*
     * Private stack: only the holder may age it, so a cycle claims a striped slot and asks an owned slot's executor.
     *   destroy victims;  victims = fresh
     *
     * Chain: any thread may pop its tail, so the cycle does it, beside a working holder. The chain's level is the number
     * of pushes minus the number of head pops: the height the chain would have had nothing been stolen. lowest is the
     * least level since the last cycle: what lies below it was not touched at the head. Thieves take from the bottom,
     * so of those `lowest` items (level - size) are gone already:
     *   victims = lowest - (level - size);  pop that many from the tail and destroy them;  lowest = level
     * The holder keeps lowest for the cycle in which it last popped; in a cycle without head pops it is the level at
     * which the cycle began. level, lowest and size are read one after another while the holder goes on: the count may
     * be off by the batch in flight, so an item may be destroyed one cycle early or late. It is never lost or doubled,
     * because each leaves through a CAS.
     *
     * Who writes what: cycle, levelAtCycle, getsAtCycle: the cycle, under its lock. agePending: the cycle sets, the owner's task
     * clears; its volatile write is not needed for the slot's fields, which stay with the owner throughout.
     */
    private final Slot<T> slot;
    private final @Nullable Executor executor;
    private volatile boolean agePending;
    private volatile boolean drainAsked;
    private volatile boolean privateClosed; // holder writes: the private stack is empty and takes nothing
    private volatile long levelAtCycle;
    private volatile long cycle;
    private long getsAtCycle;

    Ageing(Slot<T> slot, @Nullable Executor executor) {
        this.slot = slot;
        this.executor = executor;
    }

    /** One cycle for this slot. Under the cycle lock, which also makes the caller the holder of a disowned slot. */
    void cycle() {
        destroyChain(chainVictims());
        levelAtCycle = (long) CHAIN_LEVEL.getOpaque(slot);
        long next = cycle + 1; // only the cycle writes it
        cycle = next;
        if (slot.isOwned()) {
            askOwner();
        } else if (slot.tryClaim()) { // a claimed stripe is in use this very moment: it ages next time
            try {
                slot.agePrivate();
            } finally { // a smaller ring may find no memory
                slot.releaseClaim();
            }
        }
    }

    /** Destroys all that is idle. Under the cycle lock. */
    void drain() {
        if (!privateClosed || slot.pool.isClosed()) { // a close must meet the puts that saw the pool open, too
            drainPrivate();
        }
        destroyChain(Long.MAX_VALUE);
    }

    private void drainPrivate() {
        if (slot.isOwned()) {
            drainAsked = true;
            askOwner();
        } else {
            drainStripe();
        }
    }

    void privateCloses() {
        privateClosed = true;
    }

    void privateOpens() {
        privateClosed = false;
    }

    @SuppressWarnings("ThreadPriorityCheck") // the yield: a virtual holder may wait for this very carrier
    private void drainStripe() {
        while (!slot.tryClaim()) {
            Thread.yield(); // a claim lasts one operation, but its holder may need this processor to end it
        }
        try {
            slot.drainPrivate();
        } finally { // what takes the private stack's place may find no memory
            slot.releaseClaim();
        }
    }

    private void askOwner() {
        Thread owner = slot.owner();
        if (owner == null) {
            return;
        }
        if (owner == Thread.currentThread()) {
            ageOrDrain(); // the cycle has it destroyed, after it has let go of its lock
            return;
        }
        if (owner.getState() == Thread.State.TERMINATED) {
            slot.pool.adopt(slot); // all that the dead thread did happened before its termination was seen
            return;
        }
        if (!agePending && holdsSomething()) {
            agePending = true;
            execute();
        }
    }

    /** Items, or stale pointers left by gets since the last cycle. */
    private boolean holdsSomething() {
        return slot.getsOpaque() != getsAtCycle || drainAsked || slot.sizeOpaque() > 0;
    }

    private void execute() {
        if (executor == null) {
            throw new IllegalStateException("owned slot without an executor");
        }
        long gets = slot.getsOpaque();
        try {
            executor.execute(this::ageOnOwner);
            getsAtCycle = gets; // not if it was rejected: the next cycle is to ask again
        } catch (RejectedExecutionException shutDownOrFull) {
            agePending = false; // if the loop is ending, the slot is adopted once its thread is dead
        } catch (RuntimeException | Error e) {
            agePending = false;
            throw e;
        }
    }

    private void ageOnOwner() {
        agePending = false;
        if (slot.owner() == null) {
            return;
        }
        if (!slot.isOwner()) {
            throw new IllegalStateException("the executor given to attach() ran a task on " + Thread.currentThread()
                    + ", not on the slot's owner " + slot.owner() + " (attach on the executor's own thread)");
        }
        ageOrDrain();
        slot.pool.destroyer.flush();
    }

    /** Holder only. */
    private void ageOrDrain() {
        if (!drainAsked) {
            slot.agePrivate();
            return;
        }
        drainAsked = false;
        slot.drainPrivate();
        destroyChain(Long.MAX_VALUE); // a put under way may have spilled there after the drain had looked
        slot.chain.shrink(); // here, as an idle loop is not woken again
    }

    private void destroyChain(long most) {
        Object[] batch = new Object[(int) Math.max(1, Math.min(DESTROY_BATCH, most))];
        long left = most;
        while (left > 0) {
            int n = slot.chain.popTail(batch, 0, (int) Math.min(batch.length, left));
            if (n == 0) {
                return;
            }
            slot.pool.destroy(batch, n);
            left -= n;
        }
    }

    private static final int DESTROY_BATCH = 64;

    /** The holder took n from the chain's head. Returns whether the newest of them was a victim. Holder only. */
    boolean chainFell(int n) {
        long level = slot.chainLevel;
        long lowest = lowest(level);
        setLevel(level - n, Math.min(lowest, level - n));
        return level - 1 < lowest;
    }

    /** The holder pushed n at the chain's head. Holder only. */
    void chainRose(int n) {
        long level = slot.chainLevel;
        setLevel(level + n, lowest(level));
    }

    private long lowest(long level) {
        return slot.chainLowCycle == cycle ? slot.chainLow : Math.min(levelAtCycle, level);
    }

    private void setLevel(long level, long lowest) {
        CHAIN_LOW.setOpaque(slot, lowest);
        CHAIN_LOW_CYCLE.setOpaque(slot, cycle);
        CHAIN_LEVEL.setOpaque(slot, level);
    }

    /** How many items at the chain's tail have lain there since the last cycle; an estimate beside a working holder. */
    long chainVictims() {
        long size = slot.chain.size();
        if (size == 0) {
            return 0;
        }
        long level = (long) CHAIN_LEVEL.getOpaque(slot);
        boolean poppedThisCycle = (long) CHAIN_LOW_CYCLE.getOpaque(slot) == cycle;
        long lowest = poppedThisCycle ? (long) CHAIN_LOW.getOpaque(slot) : Math.min(levelAtCycle, level);
        return Math.max(0, Math.min(size, lowest - (level - size)));
    }

    int privateVictims() {
        return slot.victimsOpaque();
    }
}
