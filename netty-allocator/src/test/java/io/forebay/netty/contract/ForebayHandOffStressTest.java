package io.forebay.netty.contract;

import io.forebay.netty.ForebayAllocator;

/** Buffers of one {@link ForebayAllocator} between loops and plain threads. */
final class ForebayHandOffStressTest extends HandOffStressContract {
    ForebayHandOffStressTest() {
        super(ForebayAllocator.create());
    }
}
