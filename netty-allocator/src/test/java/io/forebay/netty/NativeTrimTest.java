package io.forebay.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.netty.buffer.ByteBuf;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;

class NativeTrimTest {
    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private long nowNanos = 17;
    private int trims;
    private final NativeTrim trim = new NativeTrim(tasks::add, () -> trims++, () -> nowNanos);

    private void runTasks() {
        while (!tasks.isEmpty()) {
            tasks.remove().run();
        }
    }

    @Test
    void littleIsNotWorthATrim() {
        trim.freed(NativeTrim.MIN_FREED_BYTES - 1);
        trim.cycle();
        runTasks();
        assertThat(trims).isZero();
    }

    @Test
    void enoughIsTrimmedOnceBehindWhatIsFreedWithIt() {
        trim.freed(NativeTrim.MIN_FREED_BYTES / 2);
        trim.freed(NativeTrim.MIN_FREED_BYTES / 2);
        assertThat(trims).isZero();
        trim.freed(NativeTrim.MIN_FREED_BYTES);
        assertThat(tasks).hasSize(1);
        runTasks();
        assertThat(trims).isEqualTo(1);
        trim.cycle();
        runTasks();
        assertThat(trims).isEqualTo(1);
    }

    @Test
    void whatComesTooSoonAfterATrimWaitsForACycle() {
        trim.freed(NativeTrim.MIN_FREED_BYTES);
        runTasks();
        trim.freed(NativeTrim.MIN_FREED_BYTES);
        runTasks();
        assertThat(trims).isEqualTo(1);
        nowNanos += NativeTrim.MIN_INTERVAL_NANOS;
        trim.cycle();
        runTasks();
        assertThat(trims).isEqualTo(2);
    }

    @Test
    void anExecutorThatHasEndedIsLeftAlone() {
        NativeTrim ended = new NativeTrim(
                task -> {
                    throw new RejectedExecutionException("closed");
                },
                () -> trims++,
                () -> nowNanos);
        assertThatCode(() -> ended.freed(NativeTrim.MIN_FREED_BYTES)).doesNotThrowAnyException();
        assertThat(trims).isZero();
    }

    @Test
    void theJvmHasTheCommandWhereThisIsRun() throws Exception {
        var commands = ManagementFactory.getPlatformMBeanServer()
                .getMBeanInfo(new ObjectName("com.sun.management:type=DiagnosticCommand"));
        boolean linux = System.getProperty("os.name").startsWith("Linux");
        assertThat(List.of(commands.getOperations()))
                .filteredOn(operation -> operation.getName().equals("systemTrimNativeHeap"))
                .hasSize(linux ? 1 : 0);
        assertThatCode(NativeHeap::trim).doesNotThrowAnyException();
    }

    @Test
    void anAllocatorWorksOnThroughTrimsAndItsLedgerIsClean() throws Exception {
        for (boolean trimming : new boolean[] {true, false}) {
            ForebayAllocator allocator = ForebayAllocator.builder()
                    .cyclePeriod(Duration.ofMillis(5))
                    .trimNativeHeap(trimming)
                    .build();
            for (int round = 0; round < 20; round++) {
                List<ByteBuf> bufs = new ArrayList<>();
                for (int i = 0; i < 1000; i++) {
                    bufs.add(allocator.directBuffer(16 << 10));
                }
                bufs.forEach(ByteBuf::release);
                allocator.trim();
            }
            allocator.close();
            allocator.awaitTermination(Duration.ofSeconds(30));
            MemoryStats direct = allocator.metric().direct();
            assertThat(direct.created()).isPositive().isEqualTo(direct.destroyed());
            assertThat(direct.reservedBytes()).isZero();
        }
    }
}
