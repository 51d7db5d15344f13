package io.forebay.benchmarks;

import io.forebay.netty.ForebayAllocator;
import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;

/** The contestants: Forebay and what Netty ships, each as a server would make it. */
public enum AllocatorKind {
    FOREBAY {
        @Override
        public ByteBufAllocator create() {
            return ForebayAllocator.create();
        }
    },
    ADAPTIVE {
        @Override
        public ByteBufAllocator create() {
            return new AdaptiveByteBufAllocator(/* preferDirect= */ true, /* useCacheForNonEventLoopThreads= */ true);
        }
    },
    POOLED {
        @Override
        public ByteBufAllocator create() {
            // The same arguments as PooledByteBufAllocator.DEFAULT, but an instance of its own.
            return new PooledByteBufAllocator(/* preferDirect= */ true);
        }
    },
    /** Not a pool: the yardstick for the cost of access, never a contestant for the cost of allocation. */
    UNPOOLED {
        @Override
        public ByteBufAllocator create() {
            return new UnpooledByteBufAllocator(/* preferDirect= */ true);
        }
    };

    /** A new allocator that no one else uses. */
    public abstract ByteBufAllocator create();
}
