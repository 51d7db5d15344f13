package io.forebay.benchmarks.pool;

import com.zaxxer.hikari.util.ConcurrentBag.IConcurrentBagEntry;
import io.netty.util.Recycler.Handle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import stormpot.Poolable;
import stormpot.Slot;

/** What is pooled. It has what any contestant wants of its items, so that all pool the same. */
public final class PoolItem implements IConcurrentBagEntry, Poolable {
    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(PoolItem.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final @Nullable Handle<PoolItem> handle; // Netty's Recycler
    private final @Nullable Slot slot; // Stormpot
    private volatile int state = STATE_IN_USE; // ConcurrentBag: taker and returner write by CAS or volatile, all read
    private boolean used;

    /** For pools that want nothing of their items. */
    PoolItem() {
        this(null, null);
    }

    PoolItem(@Nullable Handle<PoolItem> handle, @Nullable Slot slot) {
        this.handle = handle;
        this.slot = slot;
    }

    /** Whether nobody has used it before; asked by its holder, and true once. */
    boolean firstUse() {
        boolean first = !used;
        used = true;
        return first;
    }

    void recycle() {
        Objects.requireNonNull(handle).recycle(this);
    }

    /** Back to Stormpot. */
    @Override
    public void release() {
        Objects.requireNonNull(slot).release(this);
    }

    /** Has Stormpot let it go at its release. */
    void expire() {
        Objects.requireNonNull(slot).expire(this);
    }

    @Override
    public boolean compareAndSet(int expectState, int newState) {
        return STATE.compareAndSet(this, expectState, newState);
    }

    @Override
    public void setState(int newState) {
        state = newState;
    }

    @Override
    public int getState() {
        return state;
    }
}
