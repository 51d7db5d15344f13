package io.forebay.sample;

import static io.forebay.sample.Patience.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.Disposable;

final class LiveTest {
    private static final Duration SHORT = Duration.ofMillis(5);

    private final AtomicInteger readings = new AtomicInteger();
    private final Live live = new Live(() -> "reading " + readings.incrementAndGet(), SHORT);

    @Test
    void nothingIsReadWhileNobodyWatches() {
        assertThat(live.states().take(3).collectList().block(PATIENCE)).hasSize(3);
        int read = readings.get();
        await().pollDelay(SHORT.multipliedBy(20)).until(() -> true);
        assertThat(readings.get() - read).as("one may have been under way").isLessThanOrEqualTo(1);
    }

    @Test
    void allWatchersShareAReading() {
        Queue<String> one = new ConcurrentLinkedQueue<>();
        Disposable watching = live.states().subscribe(one::add);
        List<String> two = live.states().take(20).collectList().block(PATIENCE);
        assertThat(two).hasSize(20).doesNotHaveDuplicates();
        await().atMost(PATIENCE).until(() -> one.containsAll(two));
        watching.dispose();
    }

    @Test
    void closingEndsThoseWhoWatchAndThoseWhoCome() {
        Disposable watching = live.states().subscribe();
        live.close();
        await().atMost(PATIENCE).until(watching::isDisposed);
        assertThat(live.states().collectList().block(PATIENCE)).hasSizeLessThanOrEqualTo(1);
        live.close();
    }

    @Test
    void aReadingThatFailsIsLeftOut() {
        AtomicInteger calls = new AtomicInteger();
        Live failing = new Live(
                () -> {
                    if (calls.incrementAndGet() == 1) {
                        throw new IllegalStateException("unreadable");
                    }
                    return "read";
                },
                SHORT);
        assertThat(failing.states().blockFirst(PATIENCE)).isEqualTo("read");
    }

    @ParameterizedTest
    @EnumSource
    void everyAllocatorSaysWhatItCan(AllocatorKind kind) {
        ServerMemory memory = kind.open(Long.MAX_VALUE);
        Tenants tenants = new Tenants(1_000, 2_000, System::nanoTime);
        LongAdder requests = new LongAdder();
        requests.add(5);
        String state = new ServerState(memory, tenants, requests).toJson();
        assertThat(state)
                .startsWith("{\"allocator\":\"" + kind + "\",")
                .contains("\"requests\":5,", "{\"name\":\"direct\",\"reserved\":", "{\"name\":\"heap\",\"reserved\":")
                .contains("{\"name\":\"tenants\",\"limit\":2000,\"used\":0,");
        assertThat(memory.dump()).contains("direct", "heap").endsWith("\n");
        memory.close(PATIENCE);
    }
}
