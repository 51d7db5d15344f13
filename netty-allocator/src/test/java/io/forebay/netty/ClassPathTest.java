package io.forebay.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakTracker;
import io.netty.util.concurrent.DefaultEventExecutor;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jdk.jfr.EventType;
import jdk.jfr.FlightRecorder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A program with no more on its class path than an allocator needs, in a JVM of its own. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class ClassPathTest {
    /** No JFR, and no more than Netty's buffers and the management of the JVM need. */
    private static final String FEW_MODULES = "--limit-modules=java.base,java.logging,java.management,jdk.unsupported";

    @TempDir
    private Path directory = Path.of("");

    /** Does all that an allocator can do without what is optional. */
    static final class Program {
        private Program() {}

        public static void main(String[] arguments) throws Exception {
            ForebayAllocator allocator = ForebayAllocator.builder()
                    .name("alone")
                    .maxMemory(8 << 20)
                    .cyclePeriod(Duration.ofMillis(20))
                    .build();
            DefaultEventExecutor loop = new DefaultEventExecutor();
            loop.submit(() -> use(allocator)).sync();
            use(allocator);
            lose(allocator.heapBuffer(1_000));
            while (allocator.metric().heap().leaked() == 0) {
                System.gc();
            }
            System.out.println(allocator.dump());
            loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
            allocator.close();
            allocator.awaitTermination(Duration.ofSeconds(60));
            MemoryStats direct = allocator.metric().direct();
            System.out.println("in use: " + direct.inUse() + ", reserved: " + direct.reservedBytes());
        }

        private static void use(ForebayAllocator allocator) {
            ByteBuf grown = allocator.directBuffer(100).writeZero(10_000);
            allocator
                    .withBudget(MemoryBudget.create("tenant", 1 << 20))
                    .buffer()
                    .release();
            allocator.compositeBuffer().addComponent(true, grown).release();
            try {
                allocator.directBuffer(9 << 20).release();
                throw new AssertionError("above the limit");
            } catch (MemoryLimitError refused) {
                System.out.println(refused.getMessage());
            }
        }

        private static void lose(ByteBuf buf) {
            buf.writeByte(1);
        }
    }

    /** The same, and then looks at the flight recorder. */
    static final class RecordedProgram {
        private RecordedProgram() {}

        public static void main(String[] arguments) throws Exception {
            Program.main(arguments);
            System.out.println("recorder used: " + FlightRecorder.isInitialized());
            System.out.println("events: "
                    + FlightRecorder.getFlightRecorder().getEventTypes().stream()
                            .filter(type -> type.getName().startsWith("io.forebay."))
                            .map(EventType::getName)
                            .map(name -> name.substring("io.forebay.".length()))
                            .sorted()
                            .collect(Collectors.joining(" ")));
        }
    }

    /** Asked for every buffer, whatever the level, as one's own may be. */
    public static final class AskedDetector<T> extends ResourceLeakDetector<T> {
        private static final AtomicInteger ASKED = new AtomicInteger();

        public AskedDetector(Class<?> resourceType, int samplingInterval) {
            super(resourceType, samplingInterval);
        }

        @Override
        public @Nullable ResourceLeakTracker<T> track(T buf) {
            ASKED.incrementAndGet();
            return null;
        }
    }

    /** Allocates a buffer of each kind. */
    static final class TwoBuffers {
        private TwoBuffers() {}

        public static void main(String[] arguments) {
            try (ForebayAllocator allocator = ForebayAllocator.create()) {
                allocator.directBuffer(100).release();
                allocator.heapBuffer(100).release();
            }
            System.out.println("asked: " + AskedDetector.ASKED);
        }
    }

    private static Stream<String> classPath() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1));
    }

    /** Netty's buffers, what these need, and SLF4J. */
    private static String leanClassPath() {
        return classPath()
                .filter(entry -> {
                    String name = String.valueOf(Path.of(entry).getFileName());
                    return Files.isDirectory(Path.of(entry))
                            || name.matches("(netty-buffer|netty-common|slf4j-|forebay-pool-core).*\\.jar");
                })
                .collect(Collectors.joining(File.pathSeparator));
    }

    private String run(Class<?> program, String classPath, String... options) throws IOException, InterruptedException {
        Path said = directory.resolve("said.txt");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        command.addAll(List.of("-ea", "-Xmx64m", "-cp", classPath, program.getName()));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        try {
            int status = process.waitFor();
            String text = Files.readString(said);
            assertThat(status).as(text).isZero();
            return text;
        } finally {
            process.destroyForcibly();
        }
    }

    private static void assertWorked(String said) {
        assertThat(said)
                .contains("ForebayAllocator alone")
                .contains("has reached its limit")
                .contains("in use: 0, reserved: 0")
                .containsOnlyOnce("LEAK in allocator alone: a heap buffer of 1024 B")
                .doesNotContain("NoClassDefFoundError");
    }

    @Test
    void nettysBuffersAndALogAreEnough() throws Exception {
        assertThat(leanClassPath()).doesNotContain("micrometer", "netty-transport", "netty-codec");
        assertWorked(run(Program.class, leanClassPath()));
    }

    @Test
    void aJvmWithoutAFlightRecorderIsEnough() throws Exception {
        assertWorked(run(Program.class, leanClassPath(), FEW_MODULES));
    }

    @Test
    void whatIsThereButNotUsedIsNotLoaded() throws Exception {
        Path loaded = directory.resolve("loaded.txt");
        String all = classPath().collect(Collectors.joining(File.pathSeparator));
        assertThat(all).contains("micrometer-core", "netty-transport", "netty-codec-http");
        assertWorked(run(Program.class, all, "-Xlog:class+load:file=" + loaded));
        assertThat(Files.readString(loaded))
                .contains("io.forebay.netty.ForebayAllocator ")
                .doesNotContain(
                        "io.micrometer.",
                        "io.netty.channel.",
                        "io.netty.handler.",
                        "io.forebay.netty.ForebayMetrics",
                        "io.forebay.netty.ForebayLoopMetrics");
    }

    @Test
    void eventsAreRegisteredWhenTheRecorderIsFirstUsed() throws Exception {
        String said = run(RecordedProgram.class, leanClassPath());
        assertWorked(said);
        assertThat(said)
                .contains("recorder used: false")
                .contains("events: AllocateSlow Cycle Leak LimitHit SlabFree SlabReserve");
    }

    @Test
    void aLeakDetectorOfOnesOwnIsAskedWhateverTheLevel() throws Exception {
        String said = run(
                TwoBuffers.class,
                leanClassPath(),
                "-Dio.netty.customResourceLeakDetector=" + AskedDetector.class.getName(),
                "-Dio.netty.leakDetection.level=disabled");
        assertThat(said).contains("asked: 2");
    }
}
