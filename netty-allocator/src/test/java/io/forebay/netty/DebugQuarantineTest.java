package io.forebay.netty;

import static io.forebay.netty.Patience.await;
import static io.forebay.netty.StrictAllocators.MORE_THAN_A_QUARANTINE;
import static io.forebay.netty.StrictAllocators.assertCaught;
import static io.forebay.netty.StrictAllocators.debug;
import static io.forebay.netty.StrictAllocators.has;
import static io.forebay.netty.StrictAllocators.releaseHere;
import static io.forebay.netty.StrictAllocators.takeAgain;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.DefaultEventExecutor;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** In debug mode what is released is poisoned and kept out of use for a while: whoever still writes to it is found. */
class DebugQuarantineTest {
    private final StrictAllocators strict = new StrictAllocators();
    private final DefaultEventExecutor loop = new DefaultEventExecutor();
    private final ForebayAllocator allocator = strict.allocator(debug());

    @AfterEach
    void nothingIsLeft() throws Exception {
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        strict.close();
    }

    @Test
    void whatWasReleasedIsKeptOutOfUseForAWhile() {
        ByteBuf buf = allocator.heapBuffer(1000);
        byte[] array = buf.array();
        buf.release();
        ByteBuf next = allocator.heapBuffer(1000);
        assertThat(next.array()).isNotSameAs(array);
        next.release();
        assertThat(allocator.metric().heap().created()).isEqualTo(2);
    }

    @Test
    void whoStillReadsReadsPoison() {
        ByteBuf direct = allocator.directBuffer(1000).writeZero(1000);
        ByteBuffer view = direct.nioBuffer(0, 1000);
        ByteBuf heap = allocator.heapBuffer(1000).writeZero(1000);
        byte[] array = heap.array();
        direct.release();
        heap.release();
        while (view.hasRemaining()) {
            assertThat(view.get()).isEqualTo(Quarantine.POISON);
        }
        assertThat(array).containsOnly(Quarantine.POISON);
    }

    @Test
    void aWriteAfterReleaseIsFoundWhenTheMemoryIsHandedOutAgain() {
        ByteBuf buf = allocator.heapBuffer(1000);
        byte[] array = buf.array();
        releaseHere(buf);
        array[17] = 5;
        ByteBuf owner = takeAgain(allocator, array);
        strict.assertReported(
                "a heap buffer of 1024 B of allocator strict was written to (byte 17 is 0x05",
                "after its last release",
                "on thread " + Thread.currentThread().getName());
        owner.release();
    }

    @Test
    void aWriteAfterReleaseIsFoundWhenTheMemoryIsLetGo() {
        ByteBuf buf = allocator.directBuffer(1000);
        ByteBuffer view = buf.nioBuffer(0, 1000);
        releaseHere(buf);
        view.put(999, (byte) 1);
        allocator.trim();
        strict.assertReported("a direct buffer of 1024 B of allocator strict was written to (byte 999 is 0x01");
        ByteBuf heap = allocator.heapBuffer(1003);
        byte[] array = heap.array();
        releaseHere(heap);
        array[1022] = 2;
        allocator.trim();
        strict.assertReported("a heap buffer of 1024 B of allocator strict was written to (byte 1022 is 0x02");
    }

    @Test
    void alsoInWhatIsTooLargeToBePooled() {
        int bytes = (4 << 20) + 5; // not kept: it would be all there is
        ByteBuf buf = allocator.heapBuffer(bytes);
        byte[] array = buf.array();
        releaseHere(buf);
        assertThat(array[bytes - 1]).isEqualTo(Quarantine.POISON);
        assertThat(allocator.metric().heap().destroyed()).isEqualTo(1);
    }

    @Test
    void aWriteToMemoryThatTheBufferGrewOutOfIsFound() {
        ByteBuf buf = allocator.heapBuffer(1000);
        byte[] array = buf.array();
        buf.capacity(5000);
        array[3] = 7;
        buf.release();
        allocator.trim();
        assertThat(strict.takeReport())
                .hasMessageContaining("was written to (byte 3 is 0x07")
                .hasMessageContaining("after its buffer grew out of it");
    }

    @Test
    void whatIsInQuarantineIsIdleInTheLedger() {
        List<ByteBuf> bufs =
                List.of(allocator.directBuffer(1000), allocator.directBuffer(3000), allocator.directBuffer(0));
        bufs.forEach(ByteBuf::release);
        MemoryStats stats = allocator.metric().direct();
        assertThat(stats.inUse()).isZero();
        assertThat(stats.inUseBytes()).isZero();
        assertThat(stats.idle()).isEqualTo(3);
        assertThat(stats.idleBytes()).isEqualTo(1024 + 3072 + 64);
        assertThat(allocator.metric().directClasses())
                .extracting(ClassStats::idle)
                .containsExactly(1L, 1L, 1L);
        assertThat(allocator.outstanding()).isEmpty();
    }

    @Test
    void aTrimEmptiesTheQuarantine() throws Exception {
        allocator.directBuffer(1000).release();
        loop.submit(() -> allocator.directBuffer(1000).release()).get();
        loop.submit(() -> allocator.heapBuffer(1000)).get().release();
        allocator.trim();
        await().untilAsserted(() -> {
            assertThat(allocator.metric().direct().reservedBytes()).isZero();
            assertThat(allocator.metric().heap().reservedBytes()).isZero();
        });
    }

    @Test
    void aCycleEmptiesTheQuarantine() {
        ForebayAllocator quick = strict.allocator(debug().cyclePeriod(Duration.ofMillis(20)));
        quick.directBuffer(1000).release();
        await().untilAsserted(() ->
                assertThat(quick.metric().direct().reservedBytes()).isZero());
    }

    @Test
    void atALimitTheQuarantineIsReclaimed() {
        ForebayAllocator small = strict.allocator(debug().maxMemory(3 << 20));
        for (int i = 0; i < 20; i++) {
            small.directBuffer(2 << 20).release();
            small.heapBuffer(1 << 20).release();
        }
        assertThat(small.budget().peak()).isLessThanOrEqualTo(3 << 20);
    }

    @Test
    void whatIsReleasedAfterCloseIsNotKept() {
        ByteBuf buf = allocator.directBuffer(1000);
        ByteBuf kept = allocator.directBuffer(1000);
        kept.release();
        allocator.close();
        releaseHere(buf);
        assertCaught(buf::release, "was released again");
        await().untilAsserted(() ->
                assertThat(allocator.metric().direct().reservedBytes()).isZero());
    }

    @Test
    void withZeroOnReleaseMemoryIsHandedOutZeroed() {
        ForebayAllocator both = strict.allocator(debug().zeroOnRelease(true));
        ByteBuf buf = both.heapBuffer(1000).writeLong(-1);
        byte[] array = buf.array();
        buf.release();
        assertThat(array).containsOnly(Quarantine.POISON);
        boolean usedAgain = false;
        for (int i = 0; i < MORE_THAN_A_QUARANTINE; i++) {
            ByteBuf next = both.heapBuffer(1000).writerIndex(1000);
            assertThat(next.forEachByte(value -> value == 0)).isEqualTo(-1);
            usedAgain |= has(next, array);
            next.release();
        }
        assertThat(usedAgain).isTrue();
    }
}
