package io.forebay.reactor;

import java.util.function.Function;
import java.util.function.LongConsumer;

/** Tells how many bytes have come so far. */
final class Progress implements Function<Lease, Lease> {
    private final LongConsumer listener;
    private long passedBytes;

    Progress(LongConsumer listener) {
        this.listener = listener;
    }

    @Override
    public Lease apply(Lease lease) {
        passedBytes += lease.buffer().readableBytes();
        listener.accept(passedBytes);
        return lease.letOut();
    }
}
