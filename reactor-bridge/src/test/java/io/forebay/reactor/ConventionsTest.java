package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

/** What users of Reactor are used to: the context goes up, hooks see each assembly, scans lead from end to end. */
class ConventionsTest {
    private static final String HOOK = "conventions";

    private final Buffers buffers = new Buffers();

    @AfterEach
    void nothingLeaked() {
        Hooks.resetOnEachOperator(HOOK);
        Hooks.resetOnOperatorDebug();
        buffers.close();
    }

    static Stream<Operator> operators() {
        return Operator.all();
    }

    /** Emits nothing by itself, and is found by a scan. */
    private static final class Source extends Flux<Lease> implements Subscription, Scannable {
        private final AtomicReference<@Nullable CoreSubscriber<? super Lease>> actual = new AtomicReference<>();

        @Override
        public void subscribe(CoreSubscriber<? super Lease> actual) {
            this.actual.set(actual);
            actual.onSubscribe(this);
        }

        CoreSubscriber<? super Lease> actual() {
            return Objects.requireNonNull(actual.get(), "not subscribed to");
        }

        @Override
        public void request(long n) {
            // is driven by the test
        }

        @Override
        public void cancel() {
            // is driven by the test
        }

        @Override
        @SuppressWarnings("rawtypes") // as Reactor declares it
        public @Nullable Object scanUnsafe(Attr key) {
            return null;
        }
    }

    /** The end of the chain, which a scan finds, too. */
    private static final class End implements CoreSubscriber<Object>, Scannable {
        private final AtomicReference<@Nullable Subscription> s = new AtomicReference<>();

        Subscription subscription() {
            return Objects.requireNonNull(s.get(), "not subscribed");
        }

        @Override
        public Context currentContext() {
            return Context.of("who", "the end");
        }

        @Override
        public void onSubscribe(Subscription s) {
            this.s.set(s);
        }

        @Override
        public void onNext(Object element) {
            Recorder.release(element);
        }

        @Override
        public void onError(Throwable failure) {
            // is asked of the operator
        }

        @Override
        public void onComplete() {
            // is asked of the operator
        }

        @Override
        @SuppressWarnings("rawtypes") // as Reactor declares it
        public @Nullable Object scanUnsafe(Attr key) {
            return null;
        }
    }

    @ParameterizedTest
    @MethodSource("operators")
    void theContextOfTheEndIsSeenByTheSource(Operator operator) {
        Source source = new Source();
        operator.use().apply(source).cast(Object.class).subscribe(new End());
        assertThat(source.actual().currentContext().<String>get("who")).isEqualTo("the end");
    }

    @ParameterizedTest
    @MethodSource("operators")
    void aScanLeadsFromTheEndToTheSourceAndBack(Operator operator) {
        Source source = new Source();
        End end = new End();
        operator.use().apply(source).cast(Object.class).subscribe(end);
        assertThat(Scannable.from(end.subscription()).parents().filter(source::equals))
                .hasSize(1);
        if (!operator.name().startsWith("multicast")) { // has several ends
            assertThat(Scannable.from(source.actual()).actuals().filter(end::equals))
                    .hasSize(1);
        }
    }

    @ParameterizedTest
    @MethodSource("operators")
    void aScanTellsWhetherItIsCancelled(Operator operator) {
        Source source = new Source();
        End end = new End();
        operator.use().apply(source).cast(Object.class).subscribe(end);
        end.subscription().request(1);
        assertThat(ours(end))
                .allSatisfy(
                        one -> assertThat(one.scan(Scannable.Attr.CANCELLED)).isNotEqualTo(true));
        end.subscription().cancel();
        assertThat(ours(end))
                .isNotEmpty()
                .allSatisfy(
                        one -> assertThat(one.scan(Scannable.Attr.CANCELLED)).isTrue());
    }

    /** Those of this module, from the end up to who has subscribed to the source; a multicast's shared part is not one's own. */
    private static List<Scannable> ours(End end) {
        List<Scannable> ours = new ArrayList<>();
        Scannable last = Scannable.from(end.subscription());
        Stream.concat(Stream.of(last), last.parents()).forEach(scannable -> {
            boolean isOurs = scannable.getClass().getPackage().equals(Lease.class.getPackage());
            if (isOurs
                    && !(scannable instanceof Source
                            || scannable instanceof MulticastSubscriber
                            || scannable instanceof Lending)) {
                ours.add(scannable);
            }
        });
        return ours;
    }

    @ParameterizedTest
    @MethodSource("operators")
    void hooksSeeEachAssembly(Operator operator) {
        List<String> seen = new ArrayList<>();
        Hooks.onEachOperator(HOOK, publisher -> {
            seen.add(publisher.getClass().getPackageName());
            return publisher;
        });
        operator.use().apply(new Source()).cast(Object.class).subscribe(new End()); // some open a file first
        assertThat(seen).contains("io.forebay.reactor");
    }

    @Test
    void hooksSeeSourcesToo() {
        List<Publisher<?>> seen = new ArrayList<>();
        ReactiveBufferPool pool = TckSubject.pool();
        Function<Publisher<Object>, Publisher<Object>> look = publisher -> {
            seen.add(publisher);
            return publisher;
        };
        Hooks.onEachOperator(HOOK, look);
        List<Publisher<?>> assembled = List.of(
                pool.acquire(1),
                pool.scoped(scope -> Flux.never()),
                pool.scopedMono(scope -> scope.acquire(1)),
                ByteStreams.read(InputStream::nullInputStream, pool::acquire, 1, Schedulers.immediate()));
        assertThat(seen).containsAll(assembled);
    }

    /** Reactor's tracing takes an error of the JVM for its end. */
    static Stream<Operator> traced() {
        return operators().filter(operator -> !operator.name().equals("consume, without memory"));
    }

    @ParameterizedTest
    @MethodSource("traced")
    void withEveryAssemblyTracedItDoesTheSame(Operator operator) {
        List<String> plain = BadInputTest.shapes(operated(operator));
        Hooks.onOperatorDebug();
        List<String> traced = BadInputTest.shapes(operated(operator));
        assertThat(traced).isEqualTo(plain);
    }

    private Flux<?> operated(Operator operator) {
        return operator.use().apply(Flux.fromIterable(operator.input()).map(buffers::lease));
    }
}
