package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.pool.MemoryBudget;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.publisher.Sinks;
import reactor.test.scheduler.VirtualTimeScheduler;
import reactor.test.subscriber.TestSubscriber;

/** Operators of Reactor 3.8 that lose elements, all or in some cases: behind each, a scope closes what was lost. No hooks are set. */
class LosingOperatorTest {
    private final Buffers buffers = new Buffers();
    private final MemoryBudget budget = MemoryBudget.create("test", 1000);
    private final ReactiveBufferPool pool = ReactiveBufferPool.create(buffers, budget);

    @AfterEach
    void nothingLeaked() {
        buffers.close();
        assertThat(budget.used()).isZero();
        assertThat(budget.waiting()).isZero();
    }

    /** None of these closes a lease by itself. */
    record Loser(String name, Function<Flux<Lease>, Publisher<?>> use) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Flux<Lease> leases(LeaseScope scope) {
        return Flux.range(0, 10).concatMap(i -> scope.acquire(10));
    }

    private static <T> Mono<T> boom() {
        return Mono.error(new IllegalStateException("boom"));
    }

    /** A source that takes no notice of a cancel. */
    private static Flux<Lease> goingOn(Flux<Lease> flux) {
        return Flux.from(actual -> {
            actual.onSubscribe(Operators.emptySubscription());
            flux.subscribe(actual::onNext, actual::onError, actual::onComplete);
        });
    }

    static Stream<Loser> losers() {
        return Stream.of(cutting(), parting(), waiting(), sharing(), joining(), throwing(), ending())
                .flatMap(losers -> losers);
    }

    private static Stream<Loser> cutting() {
        return Stream.of(
                new Loser("takeWhile", flux -> flux.takeWhile(lease -> false)),
                new Loser("takeLast", flux -> flux.takeLast(2)),
                new Loser("skipLast", flux -> flux.skipLast(2)),
                new Loser(
                        "takeUntilOther", flux -> flux.concatWith(Flux.never()).takeUntilOther(Mono.never())),
                new Loser("distinct", flux -> flux.distinct(lease -> 1)),
                new Loser("ignoreElements", Flux::ignoreElements),
                new Loser("last", Flux::last));
    }

    private static Stream<Loser> parting() {
        return Stream.of(
                new Loser("groupBy", flux -> flux.groupBy(lease -> 1).take(1)),
                new Loser("window", flux -> flux.window(3)),
                new Loser("window, by a boundary", flux -> flux.window(Flux.never())),
                new Loser(
                        "windowWhen",
                        flux -> flux.windowWhen(Flux.just(1).concatWith(Flux.never()), begin -> Mono.never())),
                new Loser("bufferWhile", flux -> flux.bufferWhile(lease -> false)),
                new Loser("parallel", flux -> flux.parallel(2).sequential().take(1)),
                new Loser("collectList", Flux::collectList));
    }

    private static Stream<Loser> waiting() {
        VirtualTimeScheduler clock = VirtualTimeScheduler.create();
        ParkedScheduler parked = new ParkedScheduler();
        return Stream.of(
                new Loser(
                        "timeout",
                        flux -> flux.concatWith(Flux.never())
                                .timeout(Mono.just(1), lease -> Mono.just(1))
                                .onErrorComplete()),
                new Loser(
                        "timeout, of a source that goes on",
                        flux -> goingOn(flux)
                                .timeout(Mono.never(), lease -> Mono.just(1))
                                .onErrorComplete()),
                new Loser(
                        "timeout, with another source",
                        flux -> goingOn(flux).timeout(Mono.never(), lease -> Mono.just(1), Flux.empty())),
                new Loser(
                        "delaySequence",
                        flux -> flux.delaySequence(Duration.ofSeconds(1), clock)
                                .takeUntilOther(Mono.just(1).delaySubscription(Duration.ofMillis(1), clock))),
                new Loser("delayElements", flux -> flux.delayElements(Duration.ofSeconds(1), clock)),
                new Loser("sample", flux -> flux.sample(Flux.never())),
                new Loser("publishOn", flux -> flux.publishOn(parked)),
                new Loser("publishOn, of one", flux -> flux.next().publishOn(parked)));
    }

    private static Stream<Loser> sharing() {
        return Stream.of(
                new Loser("replay", flux -> flux.replay().autoConnect()),
                new Loser("cache", Flux::cache),
                new Loser("share", Flux::share),
                new Loser("publish", flux -> flux.publish().autoConnect(1)),
                new Loser("a sink nobody subscribes to", flux -> {
                    Sinks.Many<Lease> nobody = Sinks.many().multicast().directBestEffort();
                    return flux.doOnNext(lease -> nobody.emitNext(lease, Sinks.EmitFailureHandler.FAIL_FAST))
                            .then();
                }));
    }

    private static Stream<Loser> joining() {
        return Stream.of(
                new Loser(
                        "flatMapSequential",
                        flux -> flux.flatMapSequential(lease -> Mono.just(lease).concatWith(boom()))
                                .onErrorComplete()),
                new Loser(
                        "flatMapSequential, one of whose publishers fails",
                        flux -> flux.index()
                                .flatMapSequential(each -> each.getT1() == 9
                                        ? boom()
                                        : Flux.just(each.getT2()).concatWith(Flux.never()))
                                .onErrorComplete()),
                new Loser("mergeSequential", flux -> Flux.mergeSequential(Mono.never(), flux)),
                new Loser("sequenceEqual", flux -> Mono.sequenceEqual(flux, flux.map(Lease::retain))),
                new Loser("combineLatest", flux -> Flux.combineLatest(flux, Flux.range(0, 3), (lease, i) -> i)),
                new Loser("withLatestFrom", flux -> flux.withLatestFrom(Mono.just(1), (lease, i) -> i)),
                new Loser("zipWithIterable", flux -> flux.zipWithIterable(List.of(1, 2), (lease, i) -> i)),
                new Loser(
                        "join",
                        flux -> flux.join(Flux.just(1), lease -> Mono.never(), i -> Mono.never(), (lease, i) -> i)),
                new Loser(
                        "groupJoin",
                        flux -> flux.groupJoin(
                                Flux.just(1), lease -> Mono.never(), i -> Mono.never(), (lease, all) -> 1)),
                new Loser("switchMap", flux -> flux.switchMap(lease -> Mono.<Lease>never())),
                new Loser("switchMap, with a prefetch", LosingOperatorTest::switchMap),
                new Loser(
                        "toIterable",
                        flux -> Mono.fromCallable(
                                () -> flux.toIterable().iterator().next())),
                new Loser("buffers that overlap", flux -> flux.buffer(3, 2)),
                new Loser("windows that overlap", flux -> flux.window(3, 2)),
                new Loser("expand", flux -> flux.expand(lease -> Flux.empty()).take(1)),
                new Loser("scan", flux -> flux.scan((before, lease) -> lease)));
    }

    @SuppressWarnings("deprecation") // as long as it is there
    private static Flux<Lease> switchMap(Flux<Lease> flux) {
        return flux.switchMap(lease -> Flux.just(lease).concatWith(Flux.never()), 8);
    }

    private static Stream<Loser> throwing() {
        return Stream.of(
                new Loser(
                        "throwing map",
                        flux -> flux.map(lease -> {
                                    throw new IllegalStateException("boom");
                                })
                                .onErrorComplete()),
                new Loser(
                        "throwing mapNotNull",
                        flux -> flux.mapNotNull(lease -> {
                                    throw new IllegalStateException("boom");
                                })
                                .onErrorComplete()),
                new Loser(
                        "throwing handle",
                        flux -> flux.handle((lease, sink) -> {
                                    throw new IllegalStateException("boom");
                                })
                                .onErrorComplete()),
                new Loser(
                        "throwing doOnNext",
                        flux -> flux.doOnNext(lease -> {
                                    throw new IllegalStateException("boom");
                                })
                                .onErrorComplete()),
                new Loser(
                        "throwing filter",
                        flux -> flux.filter(lease -> {
                                    throw new IllegalStateException("boom");
                                })
                                .onErrorComplete()),
                new Loser("error after", flux -> flux.concatWith(boom()).onErrorComplete()));
    }

    private static Stream<Loser> ending() {
        return Stream.of(
                new Loser(
                        "a future that was given up",
                        flux -> Mono.fromRunnable(() -> {
                            CompletableFuture<Lease> future =
                                    flux.publishOn(new ParkedScheduler()).next().toFuture();
                            future.cancel(false);
                        })),
                new Loser("a subscriber that takes no notice", flux -> Mono.fromRunnable(flux::subscribe)),
                new Loser(
                        "a stream that is left early",
                        flux -> Mono.fromCallable(() -> {
                            try (Stream<Lease> stream = flux.toStream()) {
                                return stream.findFirst().isPresent();
                            }
                        })));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("losers")
    void theScopeClosesWhatAnOperatorLost(Loser loser) {
        TestSubscriber<Object> subscriber = TestSubscriber.create();
        pool.<Object>scoped(scope -> loser.use().apply(leases(scope))).subscribe(subscriber);
        if (!subscriber.isTerminated()) {
            subscriber.cancel();
        }
        assertThat(buffers.made()).as(loser.name()).isPositive();
        nothingLeaked();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("losers")
    void theScopeClosesWhatAnOperatorLostOnCancel(Loser loser) {
        TestSubscriber<Object> subscriber =
                TestSubscriber.builder().initialRequest(1).build();
        pool.<Object>scoped(scope -> loser.use().apply(leases(scope).concatWith(Flux.never())))
                .subscribe(subscriber);
        subscriber.cancel();
        nothingLeaked();
    }

    /** Even with a hook for what is discarded and in the simplest case: or else the tests above would say nothing. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "takeWhile",
                "takeLast",
                "groupBy",
                "sequenceEqual",
                "bufferWhile",
                "delaySequence",
                "throwing map",
                "timeout, of a source that goes on",
                "timeout, with another source",
                "flatMapSequential, one of whose publishers fails",
                "toIterable",
                "windows that overlap"
            })
    void withoutAScopeItLosesSome(String name) {
        assertThat(lostWithADiscardHook(name)).isPositive();
    }

    /** These discard all that they do not pass on, and need no scope. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "distinct",
                "skipLast",
                "ignoreElements",
                "last",
                "sample",
                "delayElements",
                "collectList",
                "throwing filter"
            })
    void withoutAScopeItLosesNone(String name) {
        assertThat(lostWithADiscardHook(name)).isZero();
    }

    private static long lostWithADiscardHook(String name) {
        Loser loser =
                losers().filter(each -> each.name().equals(name)).findFirst().orElseThrow();
        Buffers lost = new Buffers(); // on the heap
        TestSubscriber<Object> subscriber = TestSubscriber.create();
        Flux<Lease> source = Flux.range(0, 10).map(i -> lost.lease((byte) 1));
        Flux.<Object>from(loser.use().apply(source))
                .transform(Leases.releaseOnDiscard())
                .subscribe(subscriber);
        if (!subscriber.isTerminated()) {
            subscriber.cancel();
        }
        subscriber.getReceivedOnNext().forEach(Recorder::release);
        return lost.open();
    }
}
