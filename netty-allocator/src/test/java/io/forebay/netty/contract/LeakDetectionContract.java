package io.forebay.netty.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.AbstractByteBuf;
import io.netty.buffer.ByteBuf;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetector.LeakListener;
import io.netty.util.ResourceLeakDetector.Level;
import java.lang.reflect.Field;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Netty's own leak detection works for the allocator's buffers, at each of its levels. */
interface LeakDetectionContract extends ContractSubject {
    /** Tags a test that leaves one direct buffer to the garbage collector. */
    String FORGETS = "forgets";

    @Test
    default void trackedBuffersAreWrappedAtEveryLevel() {
        for (Level level : List.of(Level.PARANOID, Level.ADVANCED, Level.SIMPLE)) {
            runAndRelease(LeakLevel.untilWrapped(level, () -> allocator().directBuffer(100)), buf -> {
                assertThat(LeakLevel.isLeakAware(buf)).as("%s", level).isTrue();
                assertThat(buf.alloc()).isSameAs(allocator());
                assertThat(LeakLevel.isLeakAware(buf.slice(0, 10)))
                        .as("%s slice", level)
                        .isTrue();
                assertThat(buf.writeZero(5000).capacity()).isGreaterThanOrEqualTo(5000);
            });
        }
    }

    @Test
    default void whenDisabledNoBufferIsTracked() {
        LeakLevel.during(Level.DISABLED, () -> {
            for (int i = 0; i < 1000; i++) {
                ByteBuf buf = allocator().directBuffer(100);
                assertThat(LeakLevel.isLeakAware(buf)).isFalse();
                buf.release();
            }
            return null;
        });
    }

    @Test
    default void compositesAreTrackedToo() {
        LeakLevel.during(Level.PARANOID, () -> {
            ByteBuf composite = allocator().compositeDirectBuffer();
            assertThat(LeakLevel.isLeakAware(composite)).isTrue();
            return composite.release();
        });
    }

    @Test
    @Tag(FORGETS)
    default void aForgottenBufferIsReportedAndAReleasedOneIsNot() throws Exception {
        String test = getClass().getName(); // what looks the same is reported once only
        assertThat(reports("forgotten by " + test, /* release= */ false)).isTrue();
        assertThat(reports("released by " + test, /* release= */ true)).isFalse();
    }

    /** Whether losing the last pointer to a buffer, touched with the hint, is reported as a leak. */
    private boolean reports(String hint, boolean release) throws Exception {
        var reported = new CountDownLatch(1);
        LeakListener listener = (type, records) -> {
            if (records.contains(hint)) {
                reported.countDown();
            }
        };
        detector().setLeakListener(listener);
        try {
            LeakLevel.during(Level.PARANOID, () -> drop(hint, release));
            Supplier<Boolean> attempt = () -> LeakLevel.during(Level.PARANOID, () -> {
                System.gc();
                allocator().directBuffer(100).release(); // the detector reports at the next allocation
                return await(reported);
            });
            return tryOften(attempt::get, release ? 5 : 100);
        } finally {
            detector().setLeakListener(null);
        }
    }

    /** In a method of its own, so that no frame still holds the buffer. */
    private boolean drop(String hint, boolean release) {
        ByteBuf buf = allocator().directBuffer(100).touch(hint);
        return release && buf.release();
    }

    private static boolean await(CountDownLatch latch) {
        try {
            return latch.await(10, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private static boolean tryOften(BooleanSupplier attempt, int times) {
        for (int i = 0; i < times; i++) {
            if (attempt.getAsBoolean()) {
                return true;
            }
        }
        return false;
    }

    /** Its factory must be replaced before any buffer is made, which a test among others cannot; so, reflection. */
    private static ResourceLeakDetector<?> detector() throws ReflectiveOperationException {
        Field field = AbstractByteBuf.class.getDeclaredField("leakDetector");
        field.setAccessible(true);
        return (ResourceLeakDetector<?>) field.get(null);
    }
}
