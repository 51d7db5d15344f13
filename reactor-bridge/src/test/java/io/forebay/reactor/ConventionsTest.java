package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
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
        if (!operator.name().contains("multicast")) { // has several ends
            assertThat(Scannable.from(source.actual()).actuals().filter(end::equals))
                    .hasSize(1);
        }
    }

    @Test
    void aScanLeadsFromWhatAReadAsksForToTheEnd() {
        Source source = new Source();
        End end = new End();
        Mono<Lease> asked = Mono.fromDirect(source);
        ByteStreams.read(InputStream::nullInputStream, bytes -> asked, 10, Schedulers.immediate())
                .subscribe(end);
        end.subscription().request(1);
        Scannable receiver = Scannable.from(source.actual());
        assertThat(receiver.actuals().filter(end::equals)).hasSize(1);
        assertThat(Scannable.from(receiver).parents().filter(source::equals)).hasSize(1);
        assertThat(receiver.scan(Scannable.Attr.CANCELLED)).isFalse();
        end.subscription().cancel();
        assertThat(receiver.scan(Scannable.Attr.CANCELLED)).isTrue();
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

    /** All that is offered, operators and sources, but for what is made of Reactor's own operators alone. */
    static Stream<TckSubject> publishers() {
        return TckSubject.all().filter(subject -> !subject.of().equals("Leases.releaseOnDiscard"));
    }

    /** A sink's publisher is named as the sink is. */
    private static String method(TckSubject subject) {
        String of = subject.of().replace("LeaseSink.asFlux", "LeaseSinks.unicast");
        return of.substring(of.indexOf('.') + 1).replaceAll("\\(.*", "");
    }

    @Test
    void hooksSeeEachAssembly() {
        Map<String, Integer> seen = new ConcurrentHashMap<>(); // threads of other tests may assemble, too
        Hooks.onEachOperator(HOOK, publisher -> {
            if (publisher.getClass().getPackage().equals(Lease.class.getPackage())) {
                seen.merge(Scannable.from(publisher).stepName(), 1, Integer::sum);
            }
            return publisher;
        });
        Map<String, Integer> offered = new HashMap<>();
        publishers().forEach(subject -> {
            offered.merge(method(subject), 1, Integer::sum);
            End end = new End();
            subject.elements().apply(1).subscribe(end); // some are assembled only then
            end.subscription().cancel();
        });
        assertThat(offered).hasSizeGreaterThan(25);
        assertThat(seen).allSatisfy((name, times) -> assertThat(offered).containsKey(name));
        assertThat(offered)
                .allSatisfy((name, times) -> assertThat(seen.get(name)).as(name).isGreaterThanOrEqualTo(times));
    }

    /** By the name that it has in the code. */
    @ParameterizedTest
    @MethodSource("publishers")
    void aScanNamesWhatIsThereAndLeadsToTheEnd(TckSubject subject) {
        End end = new End();
        subject.elements().apply(1).subscribe(end);
        Scannable named = ours(end).stream()
                .filter(one -> one.stepName().equals(method(subject)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("found " + ours(end)));
        assertThat(named.actuals().filter(end::equals)).hasSize(1);
        assertThat(named.scan(Scannable.Attr.CANCELLED)).isFalse();
        boolean hasEnded = method(subject).equals("unicast"); // as Reactor's sinks: what waits comes before that
        assertThat(named.scan(Scannable.Attr.TERMINATED)).isEqualTo(hasEnded);
        assertThat(named.scan(Scannable.Attr.RUN_STYLE)).isNotEqualTo(Scannable.Attr.RunStyle.UNKNOWN);
        end.subscription().cancel();
        assertThat(named.scan(Scannable.Attr.CANCELLED)).isTrue();
    }

    static Stream<TckSubject> here() {
        return publishers().filter(TckSubject::here);
    }

    @ParameterizedTest
    @MethodSource("here")
    void aScanTellsThatItHasEnded(TckSubject subject) {
        End end = new End();
        subject.elements().apply(1).subscribe(end);
        List<Scannable> ours = ours(end); // before those above are let go of
        end.subscription().request(Long.MAX_VALUE);
        assertThat(ours).isNotEmpty().allSatisfy(one -> {
            assertThat(one.scan(Scannable.Attr.TERMINATED)).isTrue();
            assertThat(one.scan(Scannable.Attr.CANCELLED)).isFalse();
        });
    }

    @Test
    void operatorsThatShareASubscriptionAreNamedTogether() {
        End end = new End();
        new Source()
                .transform(Leases.detach())
                .transform(Leases.adopt())
                .transform(ByteFlux.lines(10))
                .transform(Leases.consume(ByteBuf::readableBytes))
                .cast(Object.class)
                .subscribe(end);
        assertThat(ours(end)).extracting(Scannable::stepName).containsExactly("adopt+lines+consume", "detach");
        end.subscription().cancel();
    }

    @Test
    void whatOnlyMakesLeasesForAWriterIsFoundUnderItsName() {
        End end = new End();
        new Source()
                .transform(Leases.detach())
                .transform(Leases.adopt())
                .as(ByteStreams.write(OutputStream::nullOutputStream, Schedulers.immediate()))
                .cast(Object.class)
                .subscribe(end);
        assertThat(ours(end)).extracting(Scannable::stepName).containsExactly("write", "adopt", "detach");
        assertThat(ours(end)).allSatisfy(one -> {
            assertThat(one.scan(Scannable.Attr.TERMINATED)).isFalse();
            assertThat(one.scan(Scannable.Attr.CANCELLED)).isFalse();
        });
        List<Scannable> ours = ours(end);
        end.subscription().cancel();
        assertThat(ours)
                .allSatisfy(
                        one -> assertThat(one.scan(Scannable.Attr.CANCELLED)).isTrue());
    }

    @Test
    void theBranchesOfAMulticastAreFoundFromWhatTheyShare() {
        Source source = new Source();
        Flux<Lease> shared = source.transform(ByteFlux.multicast(2));
        End one = new End();
        End two = new End();
        shared.subscribe(one);
        shared.subscribe(two);
        Scannable subscriber = Scannable.from(source.actual());
        assertThat(subscriber.stepName()).isEqualTo("multicast");
        assertThat(subscriber.inners().flatMap(Scannable::actuals)).isEqualTo(List.of(one, two));
        one.subscription().cancel();
        two.subscription().cancel();
        assertThat(subscriber.inners()).isEmpty();
    }

    @Test
    void aScanLeadsFromAStreamToItsSource() throws IOException {
        Source source = new Source();
        InputStream stream = source.as(ByteStreams.toInputStream(0));
        Scannable scanned = Scannable.from(stream);
        assertThat(scanned.stepName()).isEqualTo("toInputStream");
        assertThat(scanned.parents()).isEqualTo(List.of(source));
        assertThat(scanned.scan(Scannable.Attr.TERMINATED)).isFalse();
        IllegalStateException failure = new IllegalStateException("boom");
        source.actual().onError(failure);
        assertThat(scanned.scan(Scannable.Attr.TERMINATED)).isTrue();
        assertThat(scanned.scan(Scannable.Attr.ERROR)).isSameAs(failure);
        assertThat(scanned.scan(Scannable.Attr.CANCELLED)).isFalse();
        stream.close();
        assertThat(scanned.scan(Scannable.Attr.CANCELLED)).isTrue();
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
