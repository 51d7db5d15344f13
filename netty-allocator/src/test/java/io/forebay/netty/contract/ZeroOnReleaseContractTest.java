package io.forebay.netty.contract;

import io.forebay.netty.ForebayAllocator;
import io.netty.channel.EventLoopGroup;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The contract of an allocator that zeroes what is released. */
final class ZeroOnReleaseContractTest {
    private static ForebayAllocator allocator() {
        return ForebayAllocator.builder().zeroOnRelease(true).build();
    }

    @Nested
    final class Buffers extends ByteBufContract {
        Buffers() {
            super(ZeroOnReleaseContractTest.allocator());
        }
    }

    @Nested
    final class BuffersOnEventLoop extends ByteBufContract {
        private static final EventLoopGroup LOOP = Carrier.newEventLoop(1);

        @RegisterExtension
        static final RunOn ON_EVENT_LOOP = new RunOn(Carrier.eventLoop(LOOP));

        BuffersOnEventLoop() {
            super(ZeroOnReleaseContractTest.allocator());
        }

        @Override
        void afterClose() {
            Carrier.shutDown(LOOP);
        }
    }

    @Nested
    final class Allocator extends AllocatorContract {
        Allocator() {
            super(ZeroOnReleaseContractTest.allocator());
        }

        @Override
        String typeName() {
            return "ForebayAllocator";
        }
    }

    @Nested
    final class RandomLives extends RandomizedModelContract {
        RandomLives() {
            super(ZeroOnReleaseContractTest.allocator());
        }
    }

    @Nested
    final class HandOffs extends HandOffStressContract {
        HandOffs() {
            super(ZeroOnReleaseContractTest.allocator());
        }
    }
}
