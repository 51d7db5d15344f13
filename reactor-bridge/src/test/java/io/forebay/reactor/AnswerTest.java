package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Flux;

/** Sources that answer a request before it returns, and the stage that takes leases in. */
class AnswerTest {
    /** Does something within every request. */
    private static Flux<Lease> answering(Answer answer) {
        return new Flux<>() {
            @Override
            public void subscribe(CoreSubscriber<? super Lease> actual) {
                actual.onSubscribe(new Subscription() {
                    private int requests;

                    @Override
                    public void request(long n) {
                        requests++;
                        answer.give(actual, requests);
                    }

                    @Override
                    public void cancel() {}
                });
            }
        };
    }

    private interface Answer {
        void give(CoreSubscriber<? super Lease> actual, int requests);
    }

    @Test
    void moreThanWasAskedForComesInOrder() {
        try (Buffers buffers = new Buffers()) {
            Flux<Lease> source = answering((actual, requests) -> {
                for (int i = 0; i < 3; i++) {
                    actual.onNext(buffers.lease((byte) (3 * requests + i)));
                }
                if (requests == 2) {
                    actual.onComplete();
                }
            });
            List<Byte> bytes = new ArrayList<>();

            source.transform(ByteFlux.limitBytes(100))
                    .transform(Leases.consume(ByteBuf::readByte))
                    .limitRate(100) // what wants all asks once
                    .subscribe(bytes::add);

            assertThat(bytes).containsExactly((byte) 3, (byte) 4, (byte) 5, (byte) 6, (byte) 7, (byte) 8);
        }
    }

    @Test
    void anAnswerThatCannotBeTakenIsOneError() {
        try (Buffers buffers = new Buffers();
                Recorder recorder = new Recorder(Long.MAX_VALUE)) {
            Flux<Lease> source = answering((actual, requests) -> {
                Lease lease = buffers.lease((byte) 1);
                lease.close();
                actual.onNext(lease); // closed: the operator cannot read it
                actual.onError(new IllegalStateException("and an error"));
            });

            source.transform(ByteFlux.rechunk(10)).subscribe(recorder);

            assertThat(recorder.isTerminated()).isTrue();
        }
    }

    @Test
    void anAnswerAfterWhichTheRequestThrowsIsClosed() {
        try (Buffers buffers = new Buffers();
                Recorder recorder = new Recorder(0)) {
            Flux<Lease> source = answering((actual, requests) -> {
                actual.onNext(buffers.lease((byte) 1));
                throw new IllegalStateException("thrown by request");
            });
            source.transform(ByteFlux.rechunk(10)).subscribe(recorder);

            assertThat(catchThrowable(() -> recorder.request(1))).hasMessage("thrown by request");
        }
    }

    @Test
    void aCancelWithinTheAnswerClosesIt() {
        try (Buffers buffers = new Buffers();
                Recorder recorder = new Recorder(0)) {
            Flux<Lease> source = answering((actual, requests) -> {
                recorder.cancel();
                actual.onNext(buffers.lease((byte) 1));
            });
            source.transform(ByteFlux.rechunk(1)).subscribe(recorder);

            recorder.request(1);

            assertThat(recorder.isTerminated()).isFalse();
        }
    }

    @Test
    void whatFollowsTheIntakeTakesIn() {
        Flux<ByteBuf> source = Flux.<ByteBuf>never().hide();

        Flux<Lease> pieces = source.transform(Leases.adopt()).transform(ByteFlux.rechunk(10));

        assertThat(Scannable.from(pieces).scan(Scannable.Attr.PARENT)).isSameAs(source);
    }

    @Test
    void anIntakeServesEachThatFollows() {
        try (Buffers buffers = new Buffers()) {
            Flux<Lease> leases =
                    Flux.range(1, 5).map(i -> buffers.of((byte) i.intValue())).transform(Leases.adopt());

            assertThat(leases.transform(ByteFlux.rechunk(2))
                            .doOnNext(Lease::close)
                            .count()
                            .block())
                    .isEqualTo(3);
            assertThat(leases.doOnNext(Lease::close).count().block()).isEqualTo(5);
            assertThat(leases.transform(Leases.consume(ByteBuf::readByte))
                            .collectList()
                            .block())
                    .containsExactly((byte) 1, (byte) 2, (byte) 3, (byte) 4, (byte) 5);
        }
    }
}
