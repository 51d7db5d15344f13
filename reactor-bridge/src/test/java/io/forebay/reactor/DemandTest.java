package io.forebay.reactor;

import static io.forebay.reactor.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.pool.MemoryBudget;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Operators that prefetch by the hundred, before a slow consumer, over far more bytes than there is room for: what is in use
 * stays within the budget, or, without one, within what {@code limitRateBytes} lets out. Counted at each allocation.
 */
class DemandTest {
    static final int LIMIT_BYTES = 1 << 20;
    static final int ELEMENT_BYTES = 1 << 16;
    static final int ELEMENTS = 10_000;

    private final PeakAllocator allocator = new PeakAllocator();
    private final MemoryBudget budget = MemoryBudget.create("test", LIMIT_BYTES);
    private final ReactiveBufferPool pool = ReactiveBufferPool.create(allocator, budget);

    @AfterEach
    void nothingLeaked() {
        await().until(() -> allocator.used() == 0 && budget.used() == 0 && budget.waiting() == 0);
    }

    static Flux<Lease> source(IntFunction<Mono<Lease>> memory) {
        return Flux.range(0, ELEMENTS)
                .concatMap(i -> memory.apply(ELEMENT_BYTES))
                .doOnNext(lease -> lease.buffer().writerIndex(ELEMENT_BYTES));
    }

    /** Takes its time, then closes. */
    static long use(Lease lease) {
        try (lease) {
            LockSupport.parkNanos(1);
            return lease.buffer().readableBytes();
        }
    }

    private static Mono<Long> slowly(Lease lease) {
        return Mono.fromSupplier(() -> use(lease)).subscribeOn(Schedulers.parallel());
    }

    static Stream<Arguments> chains() {
        return Stream.of(
                chain("publishOn", flux -> flux.publishOn(Schedulers.parallel()).map(DemandTest::use)),
                chain("flatMap", flux -> flux.flatMap(DemandTest::slowly)),
                chain("concatMap", flux -> flux.concatMap(DemandTest::slowly)),
                chain(
                        "publishOn, flatMap, concatMap",
                        flux -> flux.publishOn(Schedulers.parallel())
                                .flatMap(lease -> Mono.just(lease).publishOn(Schedulers.boundedElastic()))
                                .concatMap(DemandTest::slowly)));
    }

    private static Arguments chain(String name, Function<Flux<Lease>, Flux<Long>> chain) {
        return Arguments.of(name, chain);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("chains")
    void withinTheBudget(String name, Function<Flux<Lease>, Flux<Long>> chain) {
        Long bytes = chain.apply(source(pool::acquire)).reduce(0L, Long::sum).block();
        assertThat(bytes).as(name).isEqualTo((long) ELEMENTS * ELEMENT_BYTES);
        assertThat(budget.peak()).isLessThanOrEqualTo(LIMIT_BYTES);
        assertThat(allocator.peak()).isLessThanOrEqualTo(LIMIT_BYTES);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("chains")
    void withoutABudgetWithinTheRate(String name, Function<Flux<Lease>, Flux<Long>> chain) {
        Flux<Lease> unbounded = Flux.range(0, ELEMENTS)
                .map(i -> Lease.adopt(allocator.buffer(ELEMENT_BYTES).writerIndex(ELEMENT_BYTES)));
        Long bytes = unbounded
                .transform(ByteFlux.limitRateBytes(LIMIT_BYTES))
                .transform(chain)
                .reduce(0L, Long::sum)
                .block();
        assertThat(bytes).as(name).isEqualTo((long) ELEMENTS * ELEMENT_BYTES);
        assertThat(allocator.peak()).isLessThanOrEqualTo(LIMIT_BYTES + ELEMENT_BYTES);
    }

    @Test
    void aFileIsWrittenAndReadWithTheMemoryOfTwoChunks(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("large");
        Long written = source(pool::acquire)
                .take(1_000)
                .as(ByteFiles.write(file, Schedulers.boundedElastic()))
                .block();
        assertThat(written).isEqualTo(1_000L * ELEMENT_BYTES);
        assertThat(file).hasSize(1_000L * ELEMENT_BYTES);
        // concatMap acquires the next as one is taken: one is being written, one waits
        assertThat(allocator.peak()).isLessThanOrEqualTo(2 * ELEMENT_BYTES);
        Long read = ByteFiles.read(file, pool::acquire, ELEMENT_BYTES, Schedulers.boundedElastic())
                .map(DemandTest::use)
                .reduce(0L, Long::sum)
                .block();
        assertThat(read).isEqualTo(written);
        assertThat(allocator.peak()).isLessThanOrEqualTo(2 * ELEMENT_BYTES);
    }
}
