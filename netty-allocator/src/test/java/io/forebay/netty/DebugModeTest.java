package io.forebay.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.concurrent.DefaultEventExecutor;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whoever goes on using what he released is caught, and told where that was. */
class DebugModeTest {
    private static final int MORE_THAN_A_QUARANTINE = 600;

    private final ResourceLeakDetector.Level level = ResourceLeakDetector.getLevel();
    private final Thread.@Nullable UncaughtExceptionHandler handlerBefore = Thread.getDefaultUncaughtExceptionHandler();
    private final ConcurrentLinkedQueue<Throwable> reported = new ConcurrentLinkedQueue<>();
    private final DefaultEventExecutor loop = new DefaultEventExecutor();
    private final List<ForebayAllocator> allocators = new ArrayList<>();
    private final ForebayAllocator allocator = allocator(debug());

    private static ForebayAllocatorBuilder debug() {
        return ForebayAllocator.builder()
                .name("strict")
                .debug(true)
                .cyclePeriod(Duration.ofHours(1))
                .onLeak(report -> {});
    }

    private ForebayAllocator allocator(ForebayAllocatorBuilder builder) {
        ForebayAllocator made = builder.build();
        allocators.add(made);
        return made;
    }

    @BeforeEach
    void watchForReports() {
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
        Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> reported.add(failure));
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        for (ForebayAllocator each : allocators) {
            each.close();
            each.termination().toCompletableFuture().get(60, TimeUnit.SECONDS);
            for (MemoryStats stats :
                    List.of(each.metric().direct(), each.metric().heap())) {
                assertThat(stats.inUse()).isZero();
                assertThat(stats.idle()).isZero();
                assertThat(stats.created()).isEqualTo(stats.destroyed() + stats.leaked());
                assertThat(stats.reservedBytes()).as("%s", stats).isEqualTo(stats.unusableBytes());
            }
        }
        Thread.setDefaultUncaughtExceptionHandler(handlerBefore);
        ResourceLeakDetector.setLevel(level);
        assertThat(reported).isEmpty();
    }

    private static boolean releaseHere(ByteBuf buf) {
        return buf.release();
    }

    private static void assertCaught(ThrowingCallable misuse, String... words) {
        Throwable caught = catchThrowable(misuse);
        assertThat(caught).isInstanceOf(IllegalReferenceCountException.class);
        assertThat(caught.getMessage())
                .contains(words)
                .contains("on thread " + Thread.currentThread().getName());
        assertSaysWhere(caught);
    }

    private static void assertSaysWhere(Throwable caught) {
        Throwable cause = Objects.requireNonNull(caught.getCause(), "cause");
        assertThat(cause.getStackTrace())
                .anyMatch(frame -> frame.getMethodName().equals("releaseHere"));
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
        ByteBuf owner = takeAgain(array);
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

    /** Has the array leave the quarantine, and takes the buffer that has it now. */
    private ByteBuf takeAgain(byte[] array) {
        for (int i = 0; i < MORE_THAN_A_QUARANTINE; i++) {
            allocator.heapBuffer(64).release();
        }
        List<ByteBuf> others = new ArrayList<>();
        ByteBuf owner = allocator.heapBuffer(array.length);
        while (!has(owner, array)) {
            assertThat(others).hasSizeLessThan(10);
            others.add(owner);
            owner = allocator.heapBuffer(array.length);
        }
        others.forEach(ByteBuf::release);
        return owner;
    }

    @SuppressWarnings("ReferenceEquality") // that very array
    private static boolean has(ByteBuf buf, byte[] array) {
        return buf.array() == array;
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

    private Throwable takeReport() {
        await().dontCatchUncaughtExceptions()
                .untilAsserted(() -> assertThat(reported).hasSize(1));
        return reported.remove();
    }

    private void assertReported(String... words) {
        Throwable report = takeReport();
        assertThat(report).isInstanceOf(IllegalReferenceCountException.class);
        assertThat(report.getMessage()).contains(words);
        assertSaysWhere(report);
    }

    @Test
    void aWriteAfterReleaseIsFoundWhenTheMemoryIsHandedOutAgain() {
        ByteBuf buf = allocator.heapBuffer(1000);
        byte[] array = buf.array();
        releaseHere(buf);
        array[17] = 5;
        ByteBuf owner = takeAgain(array);
        assertReported(
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
        assertReported("a direct buffer of 1024 B of allocator strict was written to (byte 999 is 0x01");
        ByteBuf heap = allocator.heapBuffer(1003);
        byte[] array = heap.array();
        releaseHere(heap);
        array[1022] = 2;
        allocator.trim();
        assertReported("a heap buffer of 1024 B of allocator strict was written to (byte 1022 is 0x02");
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
        assertThat(takeReport())
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
        ForebayAllocator quick = allocator(debug().cyclePeriod(Duration.ofMillis(20)));
        quick.directBuffer(1000).release();
        await().untilAsserted(() ->
                assertThat(quick.metric().direct().reservedBytes()).isZero());
    }

    @Test
    void atALimitTheQuarantineIsReclaimed() {
        ForebayAllocator small = allocator(debug().maxMemory(3 << 20));
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
        ForebayAllocator both = allocator(debug().zeroOnRelease(true));
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
        ForebayAllocator plain = allocator(ForebayAllocator.builder());
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
