package io.forebay.netty.contract;

import io.forebay.netty.ForebayAllocator;
import io.netty.channel.EventLoopGroup;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The contract on an event loop, whose thread owns a slot: the fast path. */
final class ForebayAllocatorOnEventLoopContractTest extends AllocatorContract {
    private static final EventLoopGroup LOOP = Carrier.newEventLoop(1);

    @RegisterExtension
    static final RunOn ON_EVENT_LOOP = new RunOn(Carrier.eventLoop(LOOP));

    ForebayAllocatorOnEventLoopContractTest() {
        super(ForebayAllocator.create());
    }

    @Override
    String typeName() {
        return "ForebayAllocator";
    }

    /** Before the allocator is closed, as in a server whose loops end first. */
    @AfterAll
    static void stopTheLoop() {
        Carrier.shutDown(LOOP);
    }
}
