package io.forebay.netty;

import static io.forebay.netty.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.netty.buffer.ByteBuf;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.ResourceLeakDetector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;

/** Allocators in debug mode, and what they report; closing it checks that each lets go of all, and that all reports were taken. */
final class StrictAllocators implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    static final int MORE_THAN_A_QUARANTINE = 600;

    private final ResourceLeakDetector.Level level = ResourceLeakDetector.getLevel();
    private final Thread.@Nullable UncaughtExceptionHandler handlerBefore = Thread.getDefaultUncaughtExceptionHandler();
    private final ConcurrentLinkedQueue<Throwable> reported = new ConcurrentLinkedQueue<>();
    private final List<ForebayAllocator> allocators = new ArrayList<>();

    StrictAllocators() {
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
        Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> reported.add(failure));
    }

    static ForebayAllocatorBuilder debug() {
        return ForebayAllocator.builder()
                .name("strict")
                .debug(true)
                .cyclePeriod(Duration.ofHours(1))
                .onLeak(report -> {});
    }

    ForebayAllocator allocator(ForebayAllocatorBuilder builder) {
        ForebayAllocator made = builder.build();
        allocators.add(made);
        return made;
    }

    static boolean releaseHere(ByteBuf buf) {
        return buf.release();
    }

    static void assertCaught(ThrowingCallable misuse, String... words) {
        Throwable caught = catchThrowable(misuse);
        assertThat(caught).isInstanceOf(IllegalReferenceCountException.class);
        assertThat(caught.getMessage())
                .contains(words)
                .contains("on thread " + Thread.currentThread().getName());
        assertSaysWhere(caught);
    }

    static void assertSaysWhere(Throwable caught) {
        Throwable cause = Objects.requireNonNull(caught.getCause(), "cause");
        assertThat(cause.getStackTrace())
                .anyMatch(frame -> frame.getMethodName().equals("releaseHere"));
    }

    /** Has the array leave the quarantine, and takes the buffer that has it now. */
    static ByteBuf takeAgain(ForebayAllocator allocator, byte[] array) {
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
    static boolean has(ByteBuf buf, byte[] array) {
        return buf.array() == array;
    }

    Throwable takeReport() {
        await().dontCatchUncaughtExceptions()
                .untilAsserted(() -> assertThat(reported).hasSize(1));
        return reported.remove();
    }

    void assertReported(String... words) {
        Throwable report = takeReport();
        assertThat(report).isInstanceOf(IllegalReferenceCountException.class);
        assertThat(report.getMessage()).contains(words);
        assertSaysWhere(report);
    }

    @Override
    public void close() {
        for (ForebayAllocator each : allocators) {
            each.close();
            assertThat(each.termination().toCompletableFuture()).succeedsWithin(PATIENCE);
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
}
