package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import reactor.core.Exceptions;
import reactor.core.publisher.Mono;

/**
 * Knows every lease that was handed out through it and is open, and closes them all when it ends. {@link
 * ReactiveBufferPool#scoped} makes one per subscription and ends it with the pipeline.
 *
 * <p><b>Ownership.</b> A lease of a scope is used like any other, and is best closed as early as any other; the scope is
 * for those that an operator loses. {@linkplain Lease#retain Second leases}, slices and what operators make of a scope's
 * leases belong to the scope too. A lease that has to live on is detached, and adopted again elsewhere.
 *
 * <p><b>Threads.</b> All methods may be called from any thread. A scope's lease costs two updates of a concurrent set.
 *
 * <p><b>When not to use it.</b> Outside the pipeline it belongs to: once that has ended, whatever is asked of the scope
 * fails with {@link IllegalStateException}.
 */
public final class LeaseScope {
    /*
     *   add:  put into the set, then look at ended; if set, take out again (unless the end did: it then closes)
     *   end:  set ended, then close all that is in the set
     *
     * ended is volatile. A lease put into the set before ended was set is met by the end's pass over the set, because it
     * was there when the pass began; one put in later sees ended. Some are met by both, and close once.
     */
    private final ReactiveBufferPool pool;
    private final Set<Lease> open = ConcurrentHashMap.newKeySet();
    private volatile boolean ended; // whoever ends the pipeline writes once, all read

    LeaseScope(ReactiveBufferPool pool) {
        this.pool = pool;
    }

    /** As {@link ReactiveBufferPool#acquire(int)}; the lease is this scope's. */
    public Mono<Lease> acquire(int bytes) {
        return pool.acquireIn(this, bytes);
    }

    /** As {@link ReactiveBufferPool#acquire(int, Duration)}; the lease is this scope's. */
    public Mono<Lease> acquire(int bytes, Duration timeout) {
        return pool.acquireIn(this, bytes, timeout);
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

    /** How many leases of this scope are open. */
    public int open() {
        return open.size();
    }

    /** Whether the lease is listed; if not, the scope has ended. */
    boolean add(Lease lease) {
        open.add(lease);
        if (!ended) {
            return true;
        }
        open.remove(lease);
        return false;
    }

    void remove(Lease lease) {
        open.remove(lease);
    }

    boolean isEnded() {
        return ended;
    }

    /** Closes all there are, also where one cannot be closed; then throws what that threw. */
    void end() {
        ended = true; // who lists a lease from here closes it
        Throwable failure = null;
        for (Lease lease : open) {
            failure = Failures.close(lease, failure);
        }
        if (failure != null) {
            throw Exceptions.propagate(failure);
        }
    }

    @Override
    public String toString() {
        return "scope with " + open() + " open leases" + (ended ? ", ended" : "");
    }
}
