package io.forebay.reactor;

import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One element out for each lease in; the function has the lease, and lets it out; if it throws, the lease is closed. */
final class EachLease<O> implements Reframer<O> {
    private final Function<? super Lease, ? extends O> use;
    private final LeaseRow leases = new LeaseRow();

    EachLease(Function<? super Lease, ? extends O> use) {
        this.use = use;
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
        return Objects.requireNonNull(use.apply(lease), "the function returned null");
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
