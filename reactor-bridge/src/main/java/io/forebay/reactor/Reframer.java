package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * What one subscription does to the leases that come in: a machine that is fed and asked for what comes out, by one thread
 * at a time. It knows nothing of demand, signals and threads; {@link FluxReframe} knows nothing of bytes.
 *
 * @param <O> what comes out
 */
interface Reframer<O> extends AutoCloseable {
    /** Takes the lease over. If this throws, the lease is the caller's to close. */
    void feed(Lease lease);

    /**
     * In place of {@link #feed}, {@link #hasNext} and {@link #next}, where the lease becomes one element, nothing is kept that
     * would come before it, and after it there is no next and no {@linkplain #isSatisfied end}: takes the lease over and
     * returns that. If this throws, the lease is the caller's to close; if it returns null, to feed.
     */
    default @Nullable O pass(Lease lease) {
        return null;
    }

    /**
     * As {@link #feed(Lease)}, where there is no lease yet: takes over one reference, also if this throws. An operator that lets go
     * of the buffer before anybody sees it needs none.
     */
    default void feed(ByteBuf buffer) {
        Lease lease = null;
        boolean fed = false;
        try {
            lease = Lease.adoptInside(buffer);
            feed(lease);
            fed = true;
        } finally {
            if (!fed) {
                Lease.close(lease, buffer);
            }
        }
    }

    /** As {@link #pass(Lease)}, likewise; if it returns null, it has taken nothing over. */
    default @Nullable O pass(ByteBuf buffer) {
        Lease lease = null;
        boolean passed = false;
        try {
            lease = Lease.adoptInside(buffer);
            O next = pass(lease);
            passed = true;
            return next;
        } finally {
            if (!passed) {
                Lease.close(lease, buffer);
            }
        }
    }

    /** No more will be fed. */
    default void finish() {}

    /**
     * Whether {@link #next} has something; if what was fed breaks a rule, throws the error to be emitted. If this is not {@linkplain
     * #isGreedy greedy}, then after each element that came out this, {@link #isHungry} or {@link #close} is called before another thread may
     * be the one that calls.
     */
    boolean hasNext();

    /** What comes out next, the caller's. Only after {@link #hasNext} returned true. If this throws, it keeps nothing of it. */
    O next();

    /** Whether nothing more will come out, whatever is fed; asked when there is no next. */
    default boolean isSatisfied() {
        return false;
    }

    /** Whether more may be requested; asked when there is no next, and again after {@link #whenHungry}'s wake-up. */
    default boolean isHungry() {
        return true;
    }

    /** Whether all may be requested at once, if the subscriber wants all; then {@link #isHungry} is asked no more. */
    default boolean isGreedy() {
        return true;
    }

    /** Given once, before all else: to be called, on whatever thread, when {@link #isHungry} may have become true. */
    default void whenHungry(Runnable wake) {}

    /**
     * Closes all it keeps, also where one cannot be closed; then throws what that threw. Called at the end, whatever the end,
     * maybe more than once.
     */
    @Override
    void close();
}
