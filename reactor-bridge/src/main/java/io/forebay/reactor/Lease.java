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
 * the buffer is being read or written takes the memory away from under it. But while a file or stream is read into the lease, or
 * an {@code InputStream} of leases copies from it, and from when it has come to a writer of a file or stream, it is theirs, and
 * others' closes do nothing until they are done with it.
 *
 * <p><b>Memory effects.</b> None of its own: publishers hand elements over safely.
 *
 * <p><b>When not to use it.</b> For a buffer that is taken and released within one method: that is what {@link ByteBuf} is
 * for.
 */
public final class Lease implements Disposable, AutoCloseable {
    /*
     *   INSIDE --> HELD --CAS--> CLOSED     the winner releases the reference
     *     |          |'--CAS--> DETACHED   the winner's caller gets the reference
     *     |          '---CAS--> KEPT --> CLOSED, HELD
     *     '--> CLOSED, DETACHED
     *
     * Out of HELD at most one CAS succeeds, and the reference leaves the lease once: that is the whole argument. A scope goes
     * on listing it for a while; if it ends, it closes what it lists, and loses the CAS.
     *
     * KEPT is for whoever has the memory in hands that cannot be stopped, as a call to the system that reads into it: others'
     * closes do nothing, the end of the scope's too, and the keeper closes it, or lets it out. Then it looks whether the scope
     * has ended meanwhile, and closes it if so. The end sets ended, then looks at the state; who lets out sets the state, then
     * looks at ended: one of the two sees the other.
     *
     * INSIDE an operator that made it, and has let nobody else see it, a lease is one thread's at a time, and goes from one
     * to the next in an orderly way: there nobody can be in between, and no CAS is needed. An operator that lets it out makes
     * it HELD before, and whoever sees it then has got it after that.
     *
     * Not promised: that a buffer lent before the CAS is not used after it. ByteBuf's own reference count says so in most
     * cases, as for any buffer.
     */
    private static final int HELD = 0; // owns one reference
    private static final int INSIDE = 1; // owns one reference, and only one thread has it
    private static final int CLOSED = 2; // has released it
    private static final int DETACHED = 3; // has handed it over
    private static final int KEPT = 4; // owns one reference, which only the keeper ends
    private static final int SEATED = 5; // and above by the seat: shares a reference
    private static final int SEAT_KEPT = SEATED + SharedReference.SEATS; // likewise, which only the keeper ends

    private static final AtomicIntegerFieldUpdater<Lease> STATE =
            AtomicIntegerFieldUpdater.newUpdater(Lease.class, "state");

    private final ByteBuf buffer;
    private final int capacityCost;
    private final @Nullable Object owner; // the scope, or the shared reference, which knows the scope

    // All CAS from HELD, all read; INSIDE an operator its worker writes, SEATED who left the seat, KEPT its keeper.
    private volatile int state;

    private @Nullable Lease older; // the scope's

    private Lease(ByteBuf buffer, int capacityCost, @Nullable Object owner, int state) {
        this.buffer = buffer;
        this.capacityCost = capacityCost;
        this.owner = owner;
        if (state != HELD) {
            STATE.lazySet(this, state); // whoever hands it on publishes it
        }
    }

    /** A lease that takes over one reference, which the caller owned. If this throws, it still does. */
    public static Lease adopt(ByteBuf buffer) {
        return new Lease(Objects.requireNonNull(buffer, "buffer"), buffer.capacity(), /* owner= */ null, HELD);
    }

    /** A lease on a buffer that was lent to the caller: takes a reference of its own. */
    public static Lease own(ByteBuf lent) {
        return adopt(Objects.requireNonNull(lent, "lent").retain());
    }

    /** As {@link #adopt}, for an operator that does not show the lease to anybody before {@link #letOut}. */
    static Lease adoptInside(ByteBuf buffer) {
        return new Lease(Objects.requireNonNull(buffer, "buffer"), buffer.capacity(), /* owner= */ null, INSIDE);
    }

    /** The lease, or where there was no memory for one, the reference that it would have taken over. */
    static void close(@Nullable Lease lease, ByteBuf buffer) {
        if (lease == null) {
            buffer.release();
        } else {
            lease.close();
        }
    }

    /** This lease, which may be seen by anybody from here. */
    Lease letOut() {
        if (state == INSIDE) {
            STATE.lazySet(this, HELD); // whoever hands it on publishes it
        }
        return this;
    }

    boolean isInside() {
        return state == INSIDE;
    }

    /**
     * From here on only the caller closes it, by {@link #closeKept}, and everybody else's closes do nothing, until it {@linkplain
     * #letOutKept lets it out}. Returns false if it has ended or somebody else keeps it, as {@link #ended} says: then it is not
     * the caller's to let out, or to close as kept.
     */
    boolean keep() {
        int state = this.state;
        if (state == INSIDE) {
            return true; // as it is
        }
        if (!isSeated(state)) {
            return STATE.compareAndSet(this, HELD, KEPT);
        }
        int seat = state - SEATED;
        boolean kept = shared().keep(seat);
        if (kept) {
            STATE.lazySet(this, SEAT_KEPT + seat); // to others it is as good as left already
        }
        return kept;
    }

    /** Releases the reference of what the caller {@linkplain #keep keeps}, which nobody else does. */
    void closeKept() {
        int state = this.state;
        if (state == KEPT) {
            STATE.lazySet(this, CLOSED);
            buffer.release();
        } else if (state >= SEAT_KEPT) {
            STATE.lazySet(this, CLOSED);
            shared().leaveKept(state - SEAT_KEPT);
        } else {
            close();
        }
    }

    /**
     * What the caller {@linkplain #keep keeps} may be closed by anybody again. Returns whether its scope has ended meanwhile, and
     * so may not have closed it: then the caller has to.
     */
    boolean letOutKept() {
        LeaseScope scope = scope();
        int state = this.state;
        if (state == KEPT && scope == null) {
            STATE.lazySet(this, HELD); // there is no end to meet: whoever hands it on publishes it
        } else if (state == KEPT) {
            this.state = HELD;
        } else if (state >= SEAT_KEPT) {
            int seat = state - SEAT_KEPT;
            this.state = SEATED + seat;
            shared().letOut(seat);
        }
        return scope != null && scope.isEnded();
    }

    /** Takes over one reference; if the scope has ended, releases it and throws. */
    static Lease create(ByteBuf buffer, int capacityCost, @Nullable LeaseScope scope) {
        return listed(new Lease(buffer, capacityCost, scope, HELD), scope);
    }

    /** As {@link #create}; nobody but the caller closes it, who {@linkplain #keep keeps} it from the start. */
    static Lease createKept(ByteBuf buffer, int capacityCost, @Nullable LeaseScope scope) {
        Lease lease = new Lease(buffer, capacityCost, scope, KEPT);
        return listed(lease, scope);
    }

    /** Takes over a seat, for its buffer or a view of that; if the scope has ended, leaves it and throws. */
    static Lease create(ByteBuf slice, int capacityCost, SharedReference shared, int seat) {
        return listed(new Lease(slice, capacityCost, shared, SEATED + seat), shared.scope());
    }

    private static Lease listed(Lease lease, @Nullable LeaseScope scope) {
        if (scope != null && !scope.add(lease)) {
            if (lease.state == KEPT) {
                lease.closeKept();
            } else {
                lease.close();
            }
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
        return create(buffer().retainedDuplicate(), capacityCost, scope());
    }

    /**
     * A second lease, on a part of the memory. Both have to be closed; neither's indices move the other's.
     *
     * @throws IllegalStateException if the lease is closed or detached
     * @throws IndexOutOfBoundsException if the buffer has no such part
     */
    public Lease slice(int index, int length) {
        return create(buffer().retainedSlice(index, length), capacityCost, scope());
    }

    /**
     * Ends the lease and hands its reference over: the caller, or who it gives the buffer to, calls {@code release()}. What
     * is charged for the memory stays charged until its last reference is released.
     *
     * @throws IllegalStateException if the lease is closed or detached
     */
    public ByteBuf detach() {
        int state = this.state;
        boolean detached = isSeated(state) ? changesSeat(state - SEATED) : endsAs(state, DETACHED);
        if (!detached) {
            throw ended();
        }
        return buffer; // the caller's reference from here
    }

    /** Releases the reference. Closing again, or after a detach, does nothing. */
    @Override
    public void close() {
        int state = this.state;
        if (isSeated(state)) {
            leaveSeat(state - SEATED);
        } else if (endsAs(state, CLOSED)) { // no other thread releases from here
            buffer.release();
        }
    }

    /** Shares a reference, which its seat says, and nobody keeps it. */
    private static boolean isSeated(int state) {
        return state >= SEATED && state < SEAT_KEPT;
    }

    private boolean endsAs(int state, int end) {
        if (state == INSIDE) {
            STATE.lazySet(this, end);
            return true;
        }
        return state == HELD && STATE.compareAndSet(this, HELD, end); // a CAS that fails costs as much
    }

    private void leaveSeat(int seat) {
        SharedReference shared = shared();
        long left = shared.leave(seat);
        if (SharedReference.hasLeft(left)) { // by this thread
            STATE.lazySet(this, CLOSED);
            shared.releaseAfter(left);
        }
    }

    private boolean changesSeat(int seat) {
        boolean changed = shared().change(seat);
        if (changed) {
            STATE.lazySet(this, DETACHED);
        }
        return changed;
    }

    private SharedReference shared() {
        return (SharedReference) Objects.requireNonNull(owner, "owner");
    }

    /** As {@link #close}. */
    @Override
    public void dispose() {
        close();
    }

    /** Whether the lease is closed or detached. */
    @Override
    public boolean isDisposed() {
        return hasEnded(state);
    }

    private boolean hasEnded(int state) {
        return isSeated(state) ? !shared().isTaken(state - SEATED) : state == CLOSED || state == DETACHED;
    }

    @Nullable
    LeaseScope scope() {
        Object owner = this.owner;
        return owner instanceof SharedReference shared ? shared.scope() : (LeaseScope) owner;
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
        int state = this.state;
        if (state == CLOSED || state == DETACHED) { // a seat that is just being left: as if asked before
            throw ended();
        }
    }

    /** What whoever uses it now is told. */
    IllegalStateException ended() {
        int state = this.state;
        if (state == KEPT || state >= SEAT_KEPT) {
            return new IllegalStateException("the lease is being read or written (used after it was handed on?)");
        }
        return new IllegalStateException(
                state == DETACHED
                        ? "the lease is detached (detached twice?)"
                        : "the lease is closed (used after close?)");
    }

    @Override
    public String toString() {
        int state = this.state;
        String is = !hasEnded(state) ? "held" : state == DETACHED ? "detached" : "closed";
        return "lease on " + capacityCost + " bytes, " + is;
    }
}
