package io.forebay.reactor;

import static io.forebay.reactor.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.pool.MemoryBudget;
import java.io.InputStream;
import java.time.Duration;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** A pool of 1000 bytes for one test, whose reads and writes may end on other threads: after it, all must come back. */
final class SmallPool implements AfterEachCallback {
    final Buffers buffers = new Buffers();
    final MemoryBudget budget = MemoryBudget.create("test", 1000);
    final ReactiveBufferPool pool = ReactiveBufferPool.create(buffers, budget);

    Mono<Lease> acquire(int bytes) {
        return pool.acquire(bytes);
    }

    /** On the thread at hand. */
    Flux<Lease> read(InputStream stream, int chunkBytes) {
        return ByteStreams.read(() -> stream, pool::acquire, chunkBytes, Schedulers.immediate());
    }

    @Override
    public void afterEach(ExtensionContext test) {
        await().pollDelay(Duration.ZERO).untilAsserted(() -> {
            buffers.check();
            assertThat(budget.used()).isZero();
            assertThat(budget.waiting()).isZero();
        });
    }
}
