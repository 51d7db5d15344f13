package io.forebay.netty;

import static io.forebay.netty.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import jdk.jfr.Configuration;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a flight recording shows. */
class JfrEventsTest {
    @TempDir
    Path directory = Path.of("");

    @Test
    void aRecordingWithOurSettingsShowsAllEvents() throws Exception {
        List<RecordedEvent> events;
        try (Recording recording = new Recording(settings())) {
            recording.start();
            work();
            recording.stop();
            events = read(recording);
        }
        assertThat(events.stream().map(event -> event.getEventType().getName()).collect(Collectors.toSet()))
                .contains(
                        "io.forebay.AllocateSlow",
                        "io.forebay.SlabReserve",
                        "io.forebay.SlabFree",
                        "io.forebay.Cycle",
                        "io.forebay.Leak",
                        "io.forebay.LimitHit");
        assertThat(events)
                .filteredOn(event -> event.getEventType().getName().equals("io.forebay.Leak"))
                .singleElement()
                .satisfies(leak -> {
                    assertThat(leak.getString("allocator")).isEqualTo("recorded");
                    assertThat(leak.getInt("capacity")).isEqualTo(1024);
                    assertThat(leak.getBoolean("direct")).isFalse();
                    assertThat(leak.getDuration("age")).isPositive();
                });
        assertThat(events)
                .filteredOn(event -> event.getEventType().getName().equals("io.forebay.LimitHit"))
                .anySatisfy(hit -> {
                    assertThat(hit.getLong("requested")).isEqualTo(2 << 20);
                    assertThat(hit.getLong("limit")).isEqualTo(1 << 20);
                });
    }

    @Test
    void aRecordingWithoutThemShowsNone() throws Exception {
        try (Recording recording = new Recording()) {
            recording.start();
            work();
            recording.stop();
            assertThat(read(recording)).isEmpty();
        }
    }

    private static Configuration settings() throws Exception {
        try (InputStreamReader reader = new InputStreamReader(
                Objects.requireNonNull(ForebayAllocator.class.getResourceAsStream("forebay.jfc")),
                StandardCharsets.UTF_8)) {
            return Configuration.create(reader);
        }
    }

    private static void work() throws Exception {
        ForebayAllocator allocator = ForebayAllocator.builder()
                .name("recorded")
                .cyclePeriod(Duration.ofMillis(50))
                .maxMemory(1 << 20)
                .onLeak(report -> {})
                .build();
        allocator.directBuffer(100).release();
        lose(allocator.heapBuffer(1000));
        assertThatThrownBy(() -> allocator.directBuffer(2 << 20)).isInstanceOf(MemoryLimitError.class);
        await().untilAsserted(() -> {
            System.gc();
            assertThat(allocator.metric().heap().leaked()).isEqualTo(1);
        });
        allocator.close();
        allocator.awaitTermination(Duration.ofSeconds(30));
    }

    private static void lose(ByteBuf buf) {
        assertThat(buf.refCnt()).isEqualTo(1);
    }

    private List<RecordedEvent> read(Recording recording) throws Exception {
        Path file = directory.resolve("recording.jfr");
        recording.dump(file);
        assertThat(Files.size(file)).isPositive();
        return RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().startsWith("io.forebay."))
                .toList();
    }
}
