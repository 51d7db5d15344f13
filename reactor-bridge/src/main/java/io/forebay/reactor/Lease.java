package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;

/**
 * A once-only token for one reference to a buffer: what flows through a pipeline in the buffer's place. Reactor may
 * discard an element twice; closing a lease twice releases once.
 *
 * <p><b>Ownership.</b> Whoever has the lease closes it, hands it on, or {@linkplain #detach detaches} it. The buffer that
 * {@link #buffer} returns is lent for as long as the lease is open; who holds it must not release it.
 *
 * <p><b>Threads.</b> {@link #close}, {@link #detach} and {@link #isDisposed} may be called from any thread at any time;
 * one of the first two wins. All else is for one thread at a time, as with the buffer. A close on another thread while
 * the buffer is being read or written takes the memory away from under it.
 *
 * <p><b>Memory effects.</b> None of its own: publishers hand elements over safely.
 *
 * <p><b>When not to use it.</b> For a buffer that is taken and released within one method: that is what {@link ByteBuf} is
 * for.
 */
public final class Lease implements Disposable, AutoCloseable {
    /*
     *   HELD --CAS--> CLOSED     the winner releases the reference
     *      '---CAS--> DETACHED   the winner's caller gets the reference
     *
     * The state goes one way, so at most one CAS ever succeeds, and the reference leaves the lease once: that is the whole
     * argument. A scope goes on listing it for a while; if it ends, it closes what it lists, and loses the CAS.
     *
     * Not promised: that a buffer lent before the CAS is not used after it. ByteBuf's own reference count says so in most
     * cases, as for any buffer.
     */
    private static final int HELD = 0; // owns one reference
    private static final int CLOSED = 1; // has released it
    private static final int DETACHED = 2; // has handed it over

    private static final AtomicIntegerFieldUpdater<Lease> STATE =
            AtomicIntegerFieldUpdater.newUpdater(Lease.class, "state");

    private final ByteBuf buffer;
    private final int capacityCost;
    private final @Nullable LeaseScope scope;
    private volatile int state; // all CAS from HELD, all read
    private @Nullable Lease older; // the scope's

    private Lease(ByteBuf buffer, int capacityCost, @Nullable LeaseScope scope) {
        this.buffer = buffer;
        this.capacityCost = capacityCost;
        this.scope = scope;
    }

    /** A lease that takes over one reference, which the caller owned. If this throws, it still does. */
    public static Lease adopt(ByteBuf buffer) {
        return new Lease(Objects.requireNonNull(buffer, "buffer"), buffer.capacity(), /* scope= */ null);
    }

    /** A lease on a buffer that was lent to the caller: takes a reference of its own. */
    public static Lease own(ByteBuf lent) {
        return adopt(lent.retain());
    }

    /** Takes over one reference; if the scope has ended, releases it and throws. */
    static Lease create(ByteBuf buffer, int capacityCost, @Nullable LeaseScope scope) {
        Lease lease = new Lease(buffer, capacityCost, scope);
        if (scope != null && !scope.add(lease)) {
            lease.close();
            throw new IllegalStateException("the scope has ended (a lease or publisher of it used outside?)");
        }
        return lease;
    }

    /**
     * The buffer, lent until this lease is closed or detached: read and write it, never release it.
     *
     * @throws IllegalStateException if the lease is closed or detached
     */
    public ByteBuf buffer() {
        requireHeld();
        return buffer;
    }

    /** The same, to look at its indices only. */
    ByteBuf bufferUnchecked() {
        return buffer;
    }

    /**
     * How many bytes of memory this lease keeps from being used otherwise: the capacity of the whole buffer, also for a
     * slice of it, since a slice keeps all of it. For an {@linkplain #adopt adopted} buffer, its own capacity.
     */
    public int capacityCost() {
        return capacityCost;
    }

    /**
     * A second lease on the same memory, with indices of its own. Both have to be closed. A budget is charged once.
     *
     * @throws IllegalStateException if the lease is closed or detached
     */
    public Lease retain() {
        return create(buffer().retainedDuplicate(), capacityCost, scope);
    }

    /**
     * A second lease, on a part of the memory. Both have to be closed; neither's indices move the other's.
     *
     * @throws IllegalStateException if the lease is closed or detached
     * @throws IndexOutOfBoundsException if the buffer has no such part
     */
    public Lease slice(int index, int length) {
        return create(buffer().retainedSlice(index, length), capacityCost, scope);
    }

    /**
     * Ends the lease and hands its reference over: the caller, or who it gives the buffer to, calls {@code release()}. What
     * is charged for the memory stays charged until its last reference is released.
     *
     * @throws IllegalStateException if the lease is closed or detached
     */
    public ByteBuf detach() {
        if (!STATE.compareAndSet(this, HELD, DETACHED)) { // the reference is the caller's from here
            throw ended();
        }
        return buffer;
    }

    /** Releases the reference. Closing again, or after a detach, does nothing. */
    @Override
    public void close() {
        if (STATE.compareAndSet(this, HELD, CLOSED)) { // no other thread releases from here
            buffer.release();
        }
    }

    /** As {@link #close}. */
    @Override
    public void dispose() {
        close();
    }

    /** Whether the lease is closed or detached. */
    @Override
    public boolean isDisposed() {
        return state != HELD;
    }

    @Nullable
    LeaseScope scope() {
        return scope;
    }

    /** In the scope's list, which it is walked along under the scope's lock. */
    @Nullable
    Lease older() {
        return older;
    }

    /** As the scope says: before this is listed, or under its lock. */
    void olderIs(@Nullable Lease older) {
        this.older = older;
    }

    private void requireHeld() {
        if (state != HELD) {
            throw ended();
        }
    }

    private IllegalStateException ended() {
        return new IllegalStateException(
                state == CLOSED
                        ? "the lease is closed (used after close?)"
                        : "the lease is detached (detached twice?)");
    }

    @Override
    public String toString() {
        String is = switch (state) {
            case HELD -> "held";
            case CLOSED -> "closed";
            case DETACHED -> "detached";
            default -> throw new IllegalStateException("state=" + state);
        };
        return "lease on " + capacityCost + " bytes, " + is;
    }
}
