package io.forebay.netty.contract;

import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;

/** The contract is right where Netty's own allocators keep it; run it with {@code -Dtest.excluded.tags=}. */
@Tag("netty")
final class NettyRandomizedModelTest {

    @Nested
    final class Pooled extends RandomizedModelContract {
        Pooled() {
            super(new PooledByteBufAllocator(/* preferDirect= */ true));
        }

        /** Its slice of a retained slice is checked against the root only, and may be larger than the slice. */
        @Override
        boolean nestedViews() {
            return false;
        }
    }

    @Nested
    final class Adaptive extends RandomizedModelContract {
        Adaptive() {
            super(new AdaptiveByteBufAllocator(/* preferDirect= */ true));
        }
    }

    @Nested
    final class Unpooled extends RandomizedModelContract {
        Unpooled() {
            super(new UnpooledByteBufAllocator(/* preferDirect= */ true));
        }
    }
}
