package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.pool.MemoryBudget;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.NettyDataBuffer;
import org.springframework.core.io.buffer.NettyDataBufferFactory;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

/** Leases become Spring's data buffers and back; what is charged stays so until Spring releases it. */
class SpringBuffersTest {
    private final Buffers buffers = new Buffers();
    private final MemoryBudget budget = MemoryBudget.create("test", 1000);
    private final ReactiveBufferPool pool = ReactiveBufferPool.create(buffers, budget);
    private final NettyDataBufferFactory factory = new NettyDataBufferFactory(buffers);

    @AfterEach
    void nothingLeaked() {
        buffers.close();
        assertThat(budget.used()).isZero();
    }

    private Flux<Lease> leases(int count) {
        return Flux.range(0, count)
                .concatMap(i -> pool.acquire(10))
                .doOnNext(lease -> lease.buffer().writeBytes("some text\n".getBytes(StandardCharsets.UTF_8)));
    }

    private Flux<DataBuffer> dataBuffers(int count) {
        return leases(count).transform(Leases.detach()).map(factory::wrap);
    }

    @Test
    void aDataBufferStaysChargedUntilSpringReleasesIt() {
        StepVerifier.create(dataBuffers(1))
                .consumeNextWith(buffer -> {
                    assertThat(budget.used()).isEqualTo(10);
                    DataBufferUtils.retain(buffer);
                    DataBufferUtils.release(buffer);
                    assertThat(budget.used()).isEqualTo(10);
                    assertThat(buffer.toString(StandardCharsets.UTF_8)).isEqualTo("some text\n");
                    DataBufferUtils.release(buffer);
                    assertThat(budget.used()).isZero();
                })
                .verifyComplete();
    }

    @Test
    void springJoinsSplitsAndCutsThem() {
        StepVerifier.create(DataBufferUtils.join(dataBuffers(5)))
                .consumeNextWith(joined -> {
                    assertThat(joined.readableByteCount()).isEqualTo(50);
                    assertThat(budget.used()).isEqualTo(50);
                    DataBufferUtils.release(joined);
                })
                .verifyComplete();
        StepVerifier.create(
                        DataBufferUtils.takeUntilByteCount(DataBufferUtils.skipUntilByteCount(dataBuffers(5), 15), 12)
                                .map(buffer -> {
                                    int bytes = buffer.readableByteCount();
                                    DataBufferUtils.release(buffer);
                                    return bytes;
                                })
                                .reduce(0, Integer::sum))
                .expectNext(12)
                .verifyComplete();
    }

    @Test
    void springsLimitReleasesWhatItHas() {
        StepVerifier.create(DataBufferUtils.join(dataBuffers(5), 30)).verifyError(DataBufferLimitException.class);
    }

    @Test
    void springReadsWhatWasWrittenHereAndTheOtherWayRound(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("file");
        DataBufferUtils.write(dataBuffers(5), file).block();
        assertThat(Files.readString(file)).isEqualTo("some text\n".repeat(5));
        StepVerifier.create(DataBufferUtils.read(file, factory, 7)
                        .map(buffer -> ((NettyDataBuffer) buffer).getNativeBuffer())
                        .transform(Leases.adopt())
                        .transform(ByteFlux.lines(20))
                        .transform(ByteFlux.asString(StandardCharsets.UTF_8)))
                .expectNext("some text", "some text", "some text", "some text", "some text")
                .verifyComplete();
    }
}
