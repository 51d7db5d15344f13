package io.forebay.reactor;

import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.pool.MemoryBudget;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.publisher.TestPublisher;

/** What callers and sources get wrong, for all that is public. */
class BadInputTest {
    private final Buffers buffers = new Buffers();
    private final MemoryBudget budget = MemoryBudget.create("test", 100);
    private final ReactiveBufferPool pool = ReactiveBufferPool.create(buffers, budget);

    @AfterEach
    void nothingLeaked() {
        buffers.close();
        assertThat(budget.used()).isZero();
        assertThat(budget.waiting()).isZero();
    }

    static Stream<Operator> operators() {
        return Operator.all();
    }

    static Stream<ThrowingCallable> sizesOutOfRange() {
        ReactiveBufferPool pool = ReactiveBufferPool.create(new Buffers(), MemoryBudget.create("test", 100));
        return Stream.of(
                () -> ByteFlux.rechunk(0),
                () -> ByteFlux.rechunk(-1),
                () -> ByteFlux.takeBytes(-1),
                () -> ByteFlux.skipBytes(-1),
                () -> ByteFlux.limitBytes(-1),
                () -> ByteFlux.splitOn(new byte[0], 1),
                () -> ByteFlux.splitOn(new byte[] {1}, 0),
                () -> ByteFlux.lines(0),
                () -> ByteFlux.linesAsString(0, UTF_8),
                () -> ByteFlux.lengthPrefixed(0, 1),
                () -> ByteFlux.lengthPrefixed(9, 1),
                () -> ByteFlux.lengthPrefixed(1, 0),
                () -> ByteFlux.prependLength(0),
                () -> ByteFlux.prependLength(9),
                () -> ByteFlux.bufferBytes(0),
                () -> ByteFlux.limitRateBytes(0),
                () -> ByteFlux.limitRateBytes(-1, Schedulers.immediate()),
                () -> ByteFlux.multicast(0),
                () -> ByteFlux.aggregate(0),
                () -> LeaseSinks.unicast(0),
                () -> ByteStreams.toInputStream(-1),
                () -> ByteStreams.read(() -> null, pool::acquire, 0, Schedulers.immediate()),
                () -> pool.acquire(0),
                () -> pool.acquire(Integer.MIN_VALUE),
                () -> pool.withBuffer(0, buffer -> Mono.empty()),
                () -> pool.withBufferMono(-1, buffer -> Mono.empty()),
                () -> new LeaseScope(pool).acquire(0),
                () -> new LeaseScope(pool).acquire(-1, Duration.ofSeconds(1)),
                () -> ByteFiles.read(Path.of("any"), pool::acquire, 0, Schedulers.immediate()),
                () -> ByteFiles.read(new HereChannel(1), -1, 1, pool::acquire, 1),
                () -> ByteFiles.read(new HereChannel(1), 0, -1, pool::acquire, 1),
                () -> ByteFiles.read(new HereChannel(1), 0, 1, pool::acquire, 0),
                () -> ByteFiles.write(new HereChannel(1), -1),
                () -> ByteFiles.writePositions(new HereChannel(1), -1));
    }

    @ParameterizedTest
    @MethodSource("sizesOutOfRange")
    void aSizeOutOfRangeIsRefusedByName(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOf(IllegalArgumentException.class)
                .message()
                .matches("(\\S+) must be .*\\1=-?\\d+.*");
    }

    @Test
    void aCharsetWhoseLinesDoNotEndInTheByteOfLfIsRefusedByName() {
        assertThatThrownBy(() -> ByteFlux.linesAsString(1, UTF_16))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("charset=UTF-16");
    }

    @ParameterizedTest
    @MethodSource("operators")
    @SuppressWarnings("NullAway") // is what is tested
    void aSourceThatEmitsNullIsToldAndNothingIsLost(Operator operator) {
        TestPublisher<Lease> source = TestPublisher.createNoncompliant(
                TestPublisher.Violation.ALLOW_NULL,
                TestPublisher.Violation.REQUEST_OVERFLOW,
                TestPublisher.Violation.DEFER_CANCELLATION);
        try (Recorder subscriber = new Recorder(1)) {
            operator.use().apply(source.flux()).cast(Object.class).subscribe(subscriber);
            source.next(buffers.lease(operator.input().get(0)));
            if (!subscriber.isTerminated()) {
                assertThatThrownBy(() -> source.next((Lease) null)).isInstanceOf(NullPointerException.class);
            }
            subscriber.cancel();
        }
    }

    @ParameterizedTest
    @MethodSource("operators")
    void aSecondSubscriberHasARunOfItsOwn(Operator operator) {
        if (operator.name().contains("multicast")) {
            return; // says that it refuses
        }
        Flux<?> flux = operator.use().apply(Flux.fromIterable(operator.input()).map(buffers::lease));
        assertThat(shapes(flux)).isEqualTo(shapes(flux)).isNotEmpty();
    }

    /** What comes out, and how it ends. */
    static List<String> shapes(Flux<?> flux) {
        List<String> shapes = new ArrayList<>();
        flux.doOnNext(element -> shapes.add(shape(element)))
                .doOnError(failure -> shapes.add(failure.toString()))
                .doOnComplete(() -> shapes.add("complete"))
                .onErrorComplete()
                .doOnNext(Recorder::release)
                .blockLast();
        return shapes;
    }

    private static String shape(Object element) {
        return element instanceof Lease lease
                ? "lease of " + lease.buffer().readableBytes()
                : element.getClass().getSimpleName();
    }

    @Test
    void whatNobodySubscribesToHoldsNothing() {
        List<Publisher<?>> never = List.of(
                pool.acquire(60),
                pool.acquire(60, Duration.ofSeconds(1)),
                pool.scoped(scope -> scope.acquire(60)),
                pool.withBuffer(60, Mono::just));
        assertThat(never).hasSize(4);
        assertThat(budget.stats().requests()).isZero();
        assertThat(buffers.made()).isZero();
    }
}
