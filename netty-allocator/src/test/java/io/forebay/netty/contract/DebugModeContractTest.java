package io.forebay.netty.contract;

import io.forebay.netty.ForebayAllocator;
import io.netty.channel.EventLoopGroup;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The contract of an allocator that looks for misuse, down to the types of its exceptions. */
final class DebugModeContractTest {
    private static ForebayAllocator allocator() {
        return ForebayAllocator.builder().debug(true).build();
    }

    @Nested
    final class Buffers extends ByteBufContract {
        Buffers() {
            super(DebugModeContractTest.allocator());
        }
    }

    @Nested
    final class BuffersOnEventLoop extends ByteBufContract {
        private static final EventLoopGroup LOOP = Carrier.newEventLoop(1);

        @RegisterExtension
        static final RunOn ON_EVENT_LOOP = new RunOn(Carrier.eventLoop(LOOP));

        BuffersOnEventLoop() {
            super(DebugModeContractTest.allocator());
        }

        @Override
        void afterClose() {
            Carrier.shutDown(LOOP);
        }
    }

    @Nested
    final class Allocator extends AllocatorContract {
        Allocator() {
            super(DebugModeContractTest.allocator());
        }

        @Override
        String typeName() {
            return "ForebayAllocator";
        }
    }

    @Nested
    final class RandomLives extends RandomizedModelContract {
        RandomLives() {
            super(DebugModeContractTest.allocator());
        }
    }

    @Nested
    final class HandOffs extends HandOffStressContract {
        HandOffs() {
            super(DebugModeContractTest.allocator());
        }
    }
}
