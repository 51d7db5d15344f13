package io.forebay.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.internal.CleanableDirectBuffer;
import io.netty.util.internal.PlatformDependent;
import org.junit.jupiter.api.Test;

/** Fails loudly when Netty changes what Forebay takes from its internal package. */
class NettyInternalsTest {
    @Test
    void allocatedMemoryIsCountedByNettyAndFreedByClean() {
        long before = PlatformDependent.usedDirectMemory();
        CleanableDirectBuffer memory = NettyInternals.allocate(1 << 20);
        assertThat(memory.buffer().isDirect()).isTrue();
        assertThat(memory.buffer().capacity()).isEqualTo(1 << 20);
        long during = PlatformDependent.usedDirectMemory();
        memory.clean();
        if (before >= 0 && PlatformDependent.canReliabilyFreeDirectBuffers()) { // else Netty does not count
            assertThat(during).isGreaterThanOrEqualTo(before + (1 << 20));
            assertThat(PlatformDependent.usedDirectMemory()).isLessThan(during);
        }
    }

    @Test
    void whatIsWrittenByAddressIsReadThroughTheByteBuffer() {
        CleanableDirectBuffer memory = NettyInternals.allocate(64);
        long address = NettyInternals.addressOf(memory);
        if (NettyInternals.ACCESS_BY_ADDRESS) {
            assertThat(address).isNotEqualTo(NettyInternals.NO_ADDRESS);
            NettyInternals.setLong(address + 3, 0x0102030405060708L);
            NettyInternals.setIntLE(address + 16, 0x01020304);
            assertThat(memory.buffer().getLong(3)).isEqualTo(0x0102030405060708L);
            assertThat(memory.buffer().getInt(16)).isEqualTo(0x04030201);
        }
        memory.clean();
    }

    @Test
    void onlyAnEventLoopsOwnThreadIsOne() throws Exception {
        assertThat(NettyInternals.currentEventLoop()).isNull();
        DefaultEventExecutor loop = new DefaultEventExecutor();
        EventExecutor seen = loop.submit(NettyInternals::currentEventLoop).get();
        assertThat(seen).isSameAs(loop);
        loop.shutdownGracefully().syncUninterruptibly();
    }
}
