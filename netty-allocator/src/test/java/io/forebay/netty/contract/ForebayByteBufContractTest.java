package io.forebay.netty.contract;

import io.forebay.netty.ForebayAllocator;

/** The contract on a thread that owns no slot. */
final class ForebayByteBufContractTest extends ByteBufContract {
    ForebayByteBufContractTest() {
        super(ForebayAllocator.create());
    }
}
