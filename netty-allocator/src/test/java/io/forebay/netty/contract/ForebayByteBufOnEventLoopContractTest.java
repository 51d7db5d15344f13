package io.forebay.netty.contract;

import io.forebay.netty.ForebayAllocator;
import io.netty.channel.EventLoopGroup;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The contract on an event loop, whose thread owns a slot: the fast path. */
final class ForebayByteBufOnEventLoopContractTest extends ByteBufContract {
    private static final EventLoopGroup LOOP = Carrier.newEventLoop(1);

    @RegisterExtension
    static final RunOn ON_EVENT_LOOP = new RunOn(Carrier.eventLoop(LOOP));

    ForebayByteBufOnEventLoopContractTest() {
        super(ForebayAllocator.create());
    }

    @Override
    void afterClose() {
        Carrier.shutDown(LOOP);
    }
}
