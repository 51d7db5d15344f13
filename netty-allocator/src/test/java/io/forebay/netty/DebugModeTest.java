package io.forebay.netty;

import static io.forebay.netty.StrictAllocators.assertCaught;
import static io.forebay.netty.StrictAllocators.debug;
import static io.forebay.netty.StrictAllocators.releaseHere;
import static io.forebay.netty.StrictAllocators.takeAgain;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.concurrent.DefaultEventExecutor;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Whoever uses, retains or releases what he has released is caught, and told where that was. */
class DebugModeTest {
    private final StrictAllocators strict = new StrictAllocators();
    private final DefaultEventExecutor loop = new DefaultEventExecutor();
    private final ForebayAllocator allocator = strict.allocator(debug());

    @AfterEach
    void nothingIsLeft() throws Exception {
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        strict.close();
    }

    @Test
    void everyUseAfterReleaseSaysWhereThatWas() {
        ByteBuf direct = allocator.directBuffer(1000).writeZero(1000);
        ByteBuf slice = direct.slice(10, 100);
        ByteBuf readOnly = direct.asReadOnly();
        releaseHere(direct);
        String[] words = {"a direct buffer of 1024 B of allocator strict was used after its last release"};
        assertCaught(() -> direct.getByte(0), words);
        assertCaught(() -> direct.setLong(0, 1), words);
        assertCaught(direct::readInt, words);
        assertCaught(() -> direct.writeShort(1), words);
        assertCaught(() -> direct.writeBytes(new byte[10]), words);
        assertCaught(() -> direct.getBytes(0, Unpooled.buffer(10), 10), words);
        assertCaught(() -> direct.nioBuffer(0, 10), words);
        assertCaught(() -> direct.internalNioBuffer(0, 10), words);
        assertCaught(() -> direct.capacity(5000), words);
        assertCaught(() -> direct.skipBytes(1), words);
        assertCaught(direct::copy, words);
        assertCaught(() -> slice.getByte(0), words);
        assertCaught(() -> slice.setByte(0, 1), words);
        assertCaught(() -> readOnly.getLong(8), words);
        ByteBuf heap = allocator.heapBuffer(5 << 20);
        releaseHere(heap);
        assertCaught(heap::array, "a heap buffer of 5242880 B of allocator strict was used after its last release");
    }

    @Test
    void oneReleaseTooManySaysWhereTheLastWas() {
        ByteBuf buf = allocator.directBuffer(1000);
        ByteBuf slice = buf.slice();
        releaseHere(buf);
        assertCaught(buf::release, "was released again after its last release");
        assertCaught(() -> buf.release(2), "was released again after its last release");
        assertCaught(slice::release, "was released again after its last release");
        assertCaught(buf::retain, "was retained after its last release");
        assertCaught(buf::retainedSlice, "after its last release");
    }

    @Test
    void theThreadThatReleasedIsNamed() throws Exception {
        ByteBuf buf = allocator.directBuffer(1000);
        String name = loop.submit(() -> {
                    releaseHere(buf);
                    return Thread.currentThread().getName();
                })
                .get();
        assertThatThrownBy(buf::release).hasMessageContaining("on thread " + name);
    }

    @Test
    void whoOnlyAsksIsAnswered() {
        ByteBuf buf = allocator.directBuffer(1000);
        releaseHere(buf);
        assertThat(buf.refCnt()).isZero();
        assertThat(buf.toString()).contains("freed");
        assertThat(buf.alloc()).isSameAs(allocator);
        assertThat(buf.capacity()).isEqualTo(1000);
    }

    @Test
    void aLiveBufferIsRefusedInNettysWords() {
        ByteBuf buf = allocator.directBuffer(1000).retain();
        assertThatThrownBy(() -> buf.release(3))
                .isInstanceOf(IllegalReferenceCountException.class)
                .hasNoCause();
        buf.release(2);
    }

    /** The memory is somebody else's by then, and he is not disturbed. */
    @Test
    void alsoAfterTheMemoryWasHandedOutAgain() {
        ByteBuf stale = allocator.heapBuffer(1000);
        byte[] array = stale.array();
        ByteBuf staleSlice = stale.slice(0, 10);
        releaseHere(stale);
        ByteBuf owner = takeAgain(allocator, array);
        owner.setZero(0, 1000).setLong(0, 42);
        assertCaught(stale::release, "was released again");
        assertCaught(stale::retain, "was retained");
        assertCaught(() -> stale.setLong(0, 43), "was used");
        assertCaught(() -> staleSlice.setLong(0, 43), "was used");
        assertCaught(() -> stale.getLong(0), "was used");
        assertThat(owner.refCnt()).isEqualTo(1);
        assertThat(owner.getLong(0)).isEqualTo(42);
        owner.release();
    }

    @Test
    void aBudgetIsGivenBackAtTheRelease() {
        MemoryBudget budget = MemoryBudget.create("tenant", 1 << 20);
        ByteBuf buf = allocator.withBudget(budget).directBuffer(1000);
        assertThat(budget.used()).isEqualTo(1024);
        releaseHere(buf);
        assertThat(budget.used()).isZero();
        assertCaught(buf::release, "was released again");
        assertThat(budget.used()).isZero();
    }

    @Test
    void whatNettysLeakDetectorWatchesIsCaughtToo() throws Exception {
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
        ByteBuf buf = loop.submit(() -> allocator.directBuffer(1000)).get();
        releaseHere(buf);
        assertCaught(buf::release, "was released again");
        assertCaught(() -> buf.getByte(0), "was used");
        assertCaught(() -> buf.slice().getByte(0), "was used");
    }

    @Test
    void deadBuffersAreNoLeaksAndLostOnesAre() {
        for (int i = 0; i < 1000; i++) {
            allocator.directBuffer(i).release();
            if (i % 100 == 0) {
                lose(allocator.directBuffer(i + 1));
            }
        }
        await().dontCatchUncaughtExceptions().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            System.gc();
            allocator.trim();
            assertThat(allocator.metric().direct().leaked()).isEqualTo(10);
        });
        System.gc();
        assertThat(allocator.metric().direct().inUse()).isZero();
        assertThat(allocator.metric().direct().leaked()).isEqualTo(10);
    }

    private static void lose(ByteBuf buf) {
        assertThat(buf.refCnt()).isPositive();
    }

    @Test
    void withoutItNothingOfThisIsDone() {
        ForebayAllocator plain = strict.allocator(ForebayAllocator.builder());
        ByteBuf buf = plain.heapBuffer(1000);
        byte[] array = buf.array();
        byte[] before = Arrays.copyOf(array, array.length);
        buf.release();
        assertThat(array).isEqualTo(before);
        assertThatThrownBy(buf::release).hasNoCause();
        ByteBuf again = plain.heapBuffer(1000);
        assertThat(again).isSameAs(buf);
        again.release();
    }
}
