package io.forebay.netty;

import static io.forebay.netty.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.internal.CleanableDirectBuffer;
import io.netty.util.internal.PlatformDependent;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Fails loudly when Netty changes what Forebay takes from its internal package. */
class NettyInternalsTest {
    @Test
    void allocatedMemoryIsCountedByNettyAndFreedByClean() {
        await().untilAsserted(
                        () -> { // again, where what an earlier test had in use is freed meanwhile
                            long before = PlatformDependent.usedDirectMemory();
                            CleanableDirectBuffer memory = NettyInternals.allocate(1 << 20);
                            assertThat(memory.buffer().isDirect()).isTrue();
                            assertThat(memory.buffer().capacity()).isEqualTo(1 << 20);
                            long during = PlatformDependent.usedDirectMemory();
                            memory.clean();
                            if (before >= 0
                                    && PlatformDependent.canReliabilyFreeDirectBuffers()) { // else Netty does not count
                                assertThat(during).isGreaterThanOrEqualTo(before + (1 << 20));
                                assertThat(PlatformDependent.usedDirectMemory()).isLessThan(during);
                            }
                        });
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
    void rangesAreCopiedByAddress() {
        CleanableDirectBuffer memory = NettyInternals.allocate(64);
        long address = NettyInternals.addressOf(memory);
        if (NettyInternals.ACCESS_BY_ADDRESS) {
            byte[] in = {1, 2, 3, 4, 5};
            NettyInternals.copy(in, 1, address + 10, 3);
            assertThat(memory.buffer().getInt(10)).isEqualTo(0x02030400);
            NettyInternals.copy(address + 10, address + 40, 2);
            assertThat(memory.buffer().getInt(40)).isEqualTo(0x02030000);
            byte[] out = new byte[5];
            NettyInternals.copy(address + 10, out, 2, 2);
            NettyInternals.copy(address + 64, out, 5, 0);
            assertThat(out).containsExactly(0, 0, 2, 3, 0);
        }
        memory.clean();
    }

    @Test
    void aRangeIsFilledByAddress() {
        CleanableDirectBuffer memory = NettyInternals.allocate(64);
        long address = NettyInternals.addressOf(memory);
        if (NettyInternals.ACCESS_BY_ADDRESS) {
            memory.buffer().putLong(0, -1).putLong(8, -1).putLong(16, -1);
            NettyInternals.fill(address + 7, 10, (byte) 5);
            assertThat(memory.buffer().getLong(0)).isEqualTo(0xFFFFFFFFFFFFFF05L);
            assertThat(memory.buffer().getLong(8)).isEqualTo(0x0505050505050505L);
            assertThat(memory.buffer().getLong(16)).isEqualTo(0x05FFFFFFFFFFFFFFL);
        }
        memory.clean();
    }

    /** Often enough that compiled code is asked too: it copies by other means than the interpreter. */
    @Test
    void overlappingRangesAreMoved() {
        int bytes = 400;
        CleanableDirectBuffer memory = NettyInternals.allocate(bytes);
        long address = NettyInternals.addressOf(memory);
        byte[] expected = new byte[bytes];
        byte[] moved = new byte[bytes];
        for (int length = 0; NettyInternals.ACCESS_BY_ADDRESS && length <= 200; length++) {
            for (int to = 0; to <= 200; to++) {
                for (int i = 0; i < bytes; i++) {
                    expected[i] = (byte) (i * 31);
                }
                NettyInternals.copy(expected, 0, address, bytes);
                NettyInternals.copy(address + 100, address + to, length);
                NettyInternals.copy(address, moved, 0, bytes);
                System.arraycopy(expected, 100, expected, to, length);
                assertThat(Arrays.equals(moved, expected))
                        .as("%d bytes to %d", length, to)
                        .isTrue();
            }
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
