package io.forebay.pool;

import static java.lang.invoke.ConstantBootstraps.fieldVarHandle;
import static java.lang.invoke.MethodHandles.lookup;

import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * A ring and its neighbours in a {@link RingChain}, which says what the links mean.
 *
 * @param <T> what the ring holds
 */
final class RingLink<T> {
    private static final VarHandle NEXT =
            fieldVarHandle(lookup(), "next", VarHandle.class, RingLink.class, RingLink.class);
    private static final VarHandle PREV =
            fieldVarHandle(lookup(), "prev", VarHandle.class, RingLink.class, RingLink.class);

    final RingDeque<T> ring;

    /** owner writes release, thieves read acquire: the newer ring. */
    @SuppressWarnings("unused") // through NEXT
    private volatile @Nullable RingLink<T> next;

    /** thieves write release, owner reads acquire: the older ring. */
    @SuppressWarnings("unused") // through PREV
    private volatile @Nullable RingLink<T> prev;

    RingLink(RingDeque<T> ring, @Nullable RingLink<T> prev) {
        this.ring = ring;
        this.prev = prev;
    }

    @SuppressWarnings("unchecked") // the field's type
    @Nullable
    RingLink<T> nextAcquire() {
        return (RingLink<T>) NEXT.getAcquire(this);
    }

    void setNextRelease(RingLink<T> link) {
        NEXT.setRelease(this, link);
    }

    @SuppressWarnings("unchecked") // the field's type
    @Nullable
    RingLink<T> prevAcquire() {
        return (RingLink<T>) PREV.getAcquire(this);
    }

    void setPrevRelease(@Nullable RingLink<T> link) {
        PREV.setRelease(this, link);
    }
}
