package io.forebay.sample;

import io.forebay.netty.ForebayAllocator;
import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.Locale;

/** The allocators a server can be compared on; all prefer direct memory, as Netty's defaults do. */
enum AllocatorKind {
    FOREBAY {
        @Override
        ServerMemory open(long maxMemory) {
            return new ForebayMemory(ForebayAllocator.builder()
                    .name("server")
                    .maxMemory(maxMemory)
                    .build());
        }
    },
    ADAPTIVE {
        @Override
        ServerMemory open(long maxMemory) {
            return new NettyMemory(toString(), new AdaptiveByteBufAllocator(/* preferDirect= */ true));
        }
    },
    POOLED {
        @Override
        ServerMemory open(long maxMemory) {
            return new NettyMemory(toString(), new PooledByteBufAllocator(/* preferDirect= */ true));
        }
    };

    /** A new allocator, owned by the caller; only one of Forebay heeds the limit, in bytes. */
    abstract ServerMemory open(long maxMemory);

    /** The word a user types. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
