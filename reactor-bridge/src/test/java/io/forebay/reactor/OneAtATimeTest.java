package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;

/** A subscriber that wants one at a time: no operator asks its source for anything before, nor for more than one. */
class OneAtATimeTest {
    private final Buffers buffers = new Buffers();
    private final AtomicLong requested = new AtomicLong(); // and not here yet
    private final AtomicLong most = new AtomicLong();

    @AfterEach
    void nothingLeaked() {
        buffers.close();
    }

    /** What makes a {@code Mono} of many elements wants them all. */
    static Stream<Operator> operators() {
        return Operator.all().filter(operator -> !operator.name().startsWith("write,"));
    }

    private Flux<Lease> source(Operator operator) {
        return Flux.fromIterable(operator.input())
                .map(buffers::lease)
                .hide() // a source that is polled is asked for nothing: PolledTest
                .doOnRequest(n -> most.accumulateAndGet(requested.addAndGet(n), Math::max))
                .doOnNext(lease -> requested.decrementAndGet());
    }

    @ParameterizedTest
    @MethodSource("operators")
    void nothingIsRequestedUntilSomethingIsWantedAndThenOneByOne(Operator operator) {
        Recorder subscriber = new Recorder(0);
        operator.use().apply(source(operator)).cast(Object.class).subscribe(subscriber);
        assertThat(most).hasValue(0);
        for (int i = 0; i < 100 && !subscriber.isTerminated(); i++) {
            subscriber.request(1);
            if (operator.name().startsWith("limitRateBytes")) {
                subscriber.close(); // goes on when what is out is released
            }
        }
        assertThat(subscriber.isTerminated()).isTrue();
        assertThat(most).hasValue(1);
        subscriber.close();
    }
}
