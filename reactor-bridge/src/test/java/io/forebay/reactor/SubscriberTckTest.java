package io.forebay.reactor;

import io.netty.buffer.Unpooled;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import org.reactivestreams.tck.SubscriberBlackboxVerification;
import org.reactivestreams.tck.TestEnvironment;
import org.testng.annotations.Factory;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** The rules of Reactive Streams, for every kind of subscriber that operators subscribe with. */
@SuppressWarnings("exports") // the kit wants it public
public final class SubscriberTckTest extends SubscriberBlackboxVerification<Lease> {
    private static final int SILENCE_MILLIS = 30; // for what must not come

    private record Subject(String name, Consumer<Flux<Lease>> subscribe) {
        static Subject of(String name, Function<Flux<Lease>, ? extends Flux<?>> operator) {
            return new Subject(name, source -> operator.apply(source).subscribe(element -> {}, failure -> {}));
        }
    }

    private final Subject subject;

    public SubscriberTckTest(Object subject) {
        super(new TestEnvironment((int) Patience.LIMIT.toMillis(), SILENCE_MILLIS, SILENCE_MILLIS));
        this.subject = (Subject) subject;
    }

    @Factory
    public static Object[] all() {
        return Stream.of(
                        Subject.of("reframe", flux -> flux.transform(ByteFlux.rechunk(1))),
                        Subject.of("drainOnCancel", flux -> flux.transform(Leases.drainOnCancel())),
                        Subject.of("multicast", flux -> flux.transform(ByteFlux.multicast(1))),
                        Subject.of(
                                "write",
                                flux -> flux.as(ByteStreams.write(
                                                OutputStream::nullOutputStream, Schedulers.immediate()))
                                        .flux()),
                        Subject.of(
                                "write, elsewhere",
                                flux -> flux.as(ByteStreams.write(
                                                OutputStream::nullOutputStream, Schedulers.boundedElastic()))
                                        .flux()),
                        Subject.of("scoped", flux -> TckSubject.pool().scoped(scope -> flux)),
                        Subject.of("read's, of memory", SubscriberTckTest::readInto),
                        new Subject("toInputStream", source -> source.as(ByteStreams.toInputStream(Long.MAX_VALUE))),
                        Subject.of(
                                "intake, before write",
                                flux -> intake(flux)
                                        .as(ByteStreams.write(OutputStream::nullOutputStream, Schedulers.immediate()))
                                        .flux()),
                        new Subject(
                                "intake, before toInputStream",
                                source -> intake(source).as(ByteStreams.toInputStream(Long.MAX_VALUE))))
                .map(SubscriberTckTest::new)
                .toArray();
    }

    /** As adopt and own do, but of leases, which are what the kit has. */
    private static Flux<Lease> intake(Flux<Lease> source) {
        return FluxReframe.intake("intake", source, Lease::detach);
    }

    private static Flux<Lease> readInto(Flux<Lease> memory) {
        return ByteStreams.read(
                InputStream::nullInputStream, bytes -> Mono.fromDirect(memory), 1, Schedulers.immediate());
    }

    @Override
    public Subscriber<Lease> createSubscriber() {
        AtomicReference<CoreSubscriber<? super Lease>> subscriber = new AtomicReference<>();
        Flux<Lease> source = new Flux<>() {
            @Override
            public void subscribe(CoreSubscriber<? super Lease> actual) {
                subscriber.set(actual);
            }
        };
        subject.subscribe().accept(source);
        return new Passing(Objects.requireNonNull(subscriber.get()));
    }

    @Override
    public Lease createElement(int element) {
        return Lease.adopt(Unpooled.wrappedBuffer(new byte[] {(byte) element}));
    }

    @Override
    public String toString() {
        return subject.name();
    }

    /** For the kit, which wants a subscriber of exactly this type. */
    private record Passing(CoreSubscriber<? super Lease> to) implements Subscriber<Lease> {
        @Override
        public void onSubscribe(Subscription s) {
            to.onSubscribe(s);
        }

        @Override
        public void onNext(Lease lease) {
            to.onNext(lease);
        }

        @Override
        public void onError(Throwable failure) {
            to.onError(failure);
        }

        @Override
        public void onComplete() {
            to.onComplete();
        }
    }
}
