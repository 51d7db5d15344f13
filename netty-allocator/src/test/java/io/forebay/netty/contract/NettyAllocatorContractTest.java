package io.forebay.netty.contract;

import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;

/** The contract is right where Netty's own allocators keep it; run it with {@code -Dtest.excluded.tags=}. */
@Tag("netty")
final class NettyAllocatorContractTest {

    @Nested
    final class Pooled extends AllocatorContract {
        Pooled() {
            super(new PooledByteBufAllocator(/* preferDirect= */ true));
        }
    }

    @Nested
    final class Adaptive extends AllocatorContract {
        Adaptive() {
            super(new AdaptiveByteBufAllocator(/* preferDirect= */ true));
        }
    }

    @Nested
    final class Unpooled extends AllocatorContract {
        Unpooled() {
            super(new UnpooledByteBufAllocator(/* preferDirect= */ true));
        }
    }
}
