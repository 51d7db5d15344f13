package io.forebay.netty.contract;

import io.forebay.netty.ForebayAllocator;
import io.netty.channel.EventLoopGroup;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Random lives on an event loop. */
final class ForebayRandomizedModelOnEventLoopTest extends RandomizedModelContract {
    private static final EventLoopGroup LOOP = Carrier.newEventLoop(1);

    @RegisterExtension
    static final RunOn ON_EVENT_LOOP = new RunOn(Carrier.eventLoop(LOOP));

    ForebayRandomizedModelOnEventLoopTest() {
        super(ForebayAllocator.create());
    }

    @Override
    void afterClose() {
        Carrier.shutDown(LOOP);
    }
}
