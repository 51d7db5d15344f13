package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One element out for each lease in; the function has the lease, and lets it out; if it throws, the lease is closed. */
final class EachLease<O> implements Reframer<O> {
    private final Function<? super Lease, ? extends O> use;
    private final @Nullable Function<? super ByteBuf, ? extends O> useBuffer;
    private final LeaseRow leases = new LeaseRow();

    EachLease(Function<? super Lease, ? extends O> use) {
        this(use, /* useBuffer= */ null);
    }

    /** @param useBuffer makes the same of a buffer that is in no lease yet, and takes its reference over, also if it throws */
    EachLease(Function<? super Lease, ? extends O> use, @Nullable Function<? super ByteBuf, ? extends O> useBuffer) {
        this.use = use;
        this.useBuffer = useBuffer;
    }

    @Override
    public void feed(Lease lease) {
        leases.addLast(lease);
    }

    @Override
    public @Nullable O pass(Lease lease) {
        return leases.size() == 0 ? use(lease) : null;
    }

    private O use(Lease lease) {
        return nonNull(use.apply(lease));
    }

    private static <O> O nonNull(O made) {
        return Objects.requireNonNull(made, "the function returned null");
    }

    @Override
    public @Nullable O pass(ByteBuf buffer) {
        Function<? super ByteBuf, ? extends O> useBuffer = this.useBuffer;
        if (useBuffer == null || leases.size() > 0) {
            return Reframer.super.pass(buffer);
        }
        return nonNull(useBuffer.apply(buffer));
    }

    @Override
    public boolean hasNext() {
        return leases.size() > 0;
    }

    @Override
    public O next() {
        Lease lease = leases.removeFirst();
        boolean used = false;
        try {
            O next = use(lease);
            used = true;
            return next;
        } finally {
            if (!used) {
                lease.close();
            }
        }
    }

    @Override
    public void close() {
        Failures.throwIfAny(leases.closeAll(/* before= */ null));
    }
}
