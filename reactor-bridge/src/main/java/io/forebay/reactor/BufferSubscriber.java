package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import reactor.core.CoreSubscriber;

/** Takes a buffer that is in no lease in a lease's place: one that makes the leases itself that it shows needs no others. */
interface BufferSubscriber extends CoreSubscriber<Lease> {
    /** As {@link #onNext}, for a source that emits nothing else: takes over one reference. */
    void onNextBuffer(ByteBuf buffer);
}
