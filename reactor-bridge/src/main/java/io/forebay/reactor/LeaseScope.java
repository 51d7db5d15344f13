package io.forebay.reactor;

import static java.lang.invoke.ConstantBootstraps.fieldVarHandle;
import static java.lang.invoke.MethodHandles.lookup;

import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Knows every lease that was handed out through it and is open, and closes them all when it ends. {@link
 * ReactiveBufferPool#scoped} makes one per subscription and ends it with the pipeline.
 *
 * <p><b>Ownership.</b> A lease of a scope is used like any other, and is best closed as early as any other; the scope is
 * for those that an operator loses. {@linkplain Lease#retain Second leases}, slices and what operators make of a scope's
 * leases belong to the scope too. A lease that has to live on is detached, and adopted again elsewhere.
 *
 * <p><b>Threads.</b> All methods may be called from any thread. A scope's lease costs one CAS
 * more than another.
 *
 * <p><b>When not to use it.</b> Outside the pipeline it belongs to: once that has ended, whatever is asked of the scope
 * fails with {@link IllegalStateException}.
 */
public final class LeaseScope {
    /*
     *   add:   put before the newest, by CAS; then look at ended; if set, refuse (the caller closes, maybe the end, too)
     *   end:   set ended, then take the whole list, and close all in it
     *   close of a lease: nothing; now and then an add takes out those that are closed
     *
     * ended is volatile, and so is newest. A lease put in before the end took the list is in what it took; one put in later
     * finds ended set. Some are met by both, and close once.
     *
     * The lock is for whoever walks along the list or changes it behind its newest, so that what is taken out can be cut
     * off: else one closed lease that somebody keeps would keep all that ever were before it. Adds need no lock, they change
     * nothing but newest; the newest lease itself stays, closed or not, because an add may just be going before it. What
     * the end has taken is its own, as the others begin at newest.
     *
     * Limits. Closed leases are kept until the next look: as many as were open at the last one, or leastAdded.
     */
    private static final VarHandle NEWEST =
            fieldVarHandle(lookup(), "newest", VarHandle.class, LeaseScope.class, Lease.class);

    private static final int LEAST_ADDED = 64; // so that the look is a small part of the cost of an add

    private final ReactiveBufferPool pool;
    private final int leastAdded;
    private final Object lock = new Object();
    private volatile @Nullable Lease newest; // who adds CAS, the end takes all
    private volatile boolean ended; // whoever ends the pipeline writes once, all read

    /** The pipeline sets it before it subscribes, its end takes it back. */
    private volatile Predicate<Throwable> failing = LeaseScope::nobody;

    // Who adds reads and writes them as it happens: if a count is lost, the next look is a little later.
    private int added; // since the last look
    private int mostAdded;

    LeaseScope(ReactiveBufferPool pool) {
        this(pool, LEAST_ADDED);
    }

    /** @param leastAdded how many leases are added at least between two looks for closed ones */
    LeaseScope(ReactiveBufferPool pool, int leastAdded) {
        this.pool = pool;
        this.leastAdded = leastAdded;
        mostAdded = leastAdded;
    }

    /**
     * As {@link ReactiveBufferPool#acquire(int)}; the lease is this scope's.
     *
     * <p><img class="marble" src="doc-files/marbles/acquire.svg" alt="a request waits until another lease is closed, then a lease comes">
     *
     * <p><strong>Ownership:</strong> the subscriber's, from {@code onNext} on; what it has not closed or detached when the scope
     * ends is closed then. A subscription that is cancelled before gives its bytes, or its place in the queue, to the next.
     *
     * <p><strong>Demand:</strong> the first request asks, once. After the end of the scope it fails with {@link
     * IllegalStateException}.
     *
     * @throws IllegalArgumentException if {@code bytes} is not above 0
     */
    public Mono<Lease> acquire(int bytes) {
        return pool.acquireIn(this, bytes);
    }

    /**
     * As {@link ReactiveBufferPool#acquire(int, Duration)}; the lease is this scope's.
     *
     * <p><img class="marble" src="doc-files/marbles/acquireTimeout.svg" alt="a request waits for another lease to be closed; when the time is up, an error comes">
     *
     * <p><strong>Ownership:</strong> the subscriber's, from {@code onNext} on; what it has not closed or detached when the scope
     * ends is closed then. A subscription that is cancelled or timed out before gives its bytes, or its place in the queue, to the next.
     *
     * <p><strong>Demand:</strong> the first request asks, once, and starts the timer if no lease comes at once. After the end of
     * the scope it fails with {@link IllegalStateException}.
     *
     * @throws IllegalArgumentException if {@code bytes} or the timeout is not above 0
     */
    public Mono<Lease> acquire(int bytes, Duration timeout) {
        return acquire(bytes, timeout, Schedulers.parallel());
    }

    /**
     * As {@link ReactiveBufferPool#acquire(int, Duration, Scheduler)}; the lease is this scope's.
     *
     * <p><img class="marble" src="doc-files/marbles/acquireTimeout.svg" alt="a request waits for another lease to be closed; when the time is up, an error comes">
     *
     * <p><strong>Ownership:</strong> the subscriber's, from {@code onNext} on; what it has not closed or detached when the scope
     * ends is closed then. A subscription that is cancelled or timed out before gives its bytes, or its place in the queue, to the next.
     *
     * <p><strong>Demand:</strong> the first request asks, once, and starts the timer if no lease comes at once. After the end of
     * the scope it fails with {@link IllegalStateException}.
     *
     * @throws IllegalArgumentException if {@code bytes} or the timeout is not above 0
     */
    public Mono<Lease> acquire(int bytes, Duration timeout, Scheduler timer) {
        return pool.acquireIn(this, bytes, timeout, timer);
    }

    /**
     * A lease of this scope that takes over one reference, which the caller owned.
     *
     * @throws IllegalStateException if the scope has ended; the reference is released
     */
    public Lease adopt(ByteBuf buffer) {
        Objects.requireNonNull(buffer, "buffer");
        return Lease.create(buffer, buffer.capacity(), this);
    }

    /**
     * A lease of this scope on a buffer that was lent to the caller: takes a reference of its own.
     *
     * @throws IllegalStateException if the scope has ended; no reference is kept
     */
    public Lease own(ByteBuf lent) {
        return adopt(Objects.requireNonNull(lent, "lent").retain());
    }

    /** How many leases of this scope are open. */
    public int open() {
        int open = 0;
        synchronized (lock) {
            for (Lease at = newest; at != null; at = at.older()) {
                open += at.isDisposed() ? 0 : 1;
            }
        }
        return open;
    }

    /** How many bytes of the budget the open leases of this scope keep in use, but for what is within composite buffers. */
    long heldBytes(MemoryBudget budget) {
        Set<ByteBuf> counted = Collections.newSetFromMap(new IdentityHashMap<>()); // once, whatever has been made of it
        long bytes = 0;
        synchronized (lock) {
            for (Lease at = newest; at != null; at = at.older()) {
                ChargedBuf charged = at.isDisposed() ? null : ChargedBuf.within(at.bufferUnchecked());
                if (charged != null && charged.isChargedTo(budget) && counted.add(charged.memory())) {
                    bytes += charged.chargedBytes();
                }
            }
        }
        return bytes;
    }

    /** Whether the lease is listed, and will be closed at the end; if not, the scope has ended. */
    boolean add(Lease lease) {
        Lease newest = this.newest;
        lease.olderIs(newest);
        while (!NEWEST.compareAndSet(this, newest, lease)) { // publishes the lease to the end, and to who is next
            Thread.onSpinWait();
            newest = this.newest;
            lease.olderIs(newest);
        }
        if (++added >= mostAdded) {
            takeOutClosed();
        }
        return !ended;
    }

    private void takeOutClosed() {
        synchronized (lock) {
            Lease kept = newest;
            int open = 0;
            Lease at = kept == null ? null : kept.older();
            while (kept != null && at != null) {
                Lease older = at.older();
                if (at.isDisposed()) {
                    at.olderIs(null);
                } else {
                    kept.olderIs(at);
                    kept = at;
                    open++;
                }
                at = older;
            }
            if (kept != null) {
                kept.olderIs(null);
            }
            mostAdded = Math.max(leastAdded, open);
            added = 0;
        }
    }

    private static boolean nobody(Throwable thrown) {
        return false;
    }

    /** Before the pipeline is subscribed to: what ends it for {@link #fail}. Until then nobody does. */
    void failsWith(Predicate<Throwable> failing) {
        this.failing = failing;
    }

    /** Ends the pipeline, where its own operators do not pass on what was thrown in it; whether its subscriber is told of it. */
    boolean fail(Throwable thrown) {
        return failing.test(thrown);
    }

    boolean isEnded() {
        return ended;
    }

    /** Closes all there are, also where one cannot be closed; then throws what that threw. */
    void end() {
        ended = true; // who lists a lease from here closes it
        // closed leases that somebody keeps know the scope, and should not keep the pipeline
        failing = LeaseScope::nobody;
        Lease at;
        synchronized (lock) {
            at = (Lease) NEWEST.getAndSet(this, null);
        }
        Throwable failure = null;
        while (at != null) {
            Lease older = at.older();
            at.olderIs(null);
            failure = Failures.close(at, failure);
            at = older;
        }
        Failures.throwIfAny(failure);
    }

    @Override
    public String toString() {
        return "scope with " + open() + " open leases" + (ended ? ", ended" : "");
    }
}
