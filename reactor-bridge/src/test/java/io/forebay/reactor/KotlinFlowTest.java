package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.util.List;
import kotlin.coroutines.EmptyCoroutineContext;
import kotlinx.coroutines.Dispatchers;
import kotlinx.coroutines.channels.BufferOverflow;
import kotlinx.coroutines.flow.Flow;
import kotlinx.coroutines.flow.FlowKt;
import kotlinx.coroutines.reactive.ReactiveFlowKt;
import kotlinx.coroutines.reactor.ReactorFlowKt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/** Leases through Kotlin's {@code Flow}, which knows nothing of discarding: what it loses is its scope's to close. */
class KotlinFlowTest {
    @RegisterExtension
    private final SmallPool memory = new SmallPool();

    private static byte[] bytes() {
        byte[] bytes = new byte[5_000];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
        }
        return bytes;
    }

    private Flux<Lease> chunks(LeaseScope scope) {
        return ByteStreams.read(
                () -> new ByteArrayInputStream(bytes()), scope::acquire, 10, Schedulers.boundedElastic());
    }

    /** On a thread of a dispatcher, so many elements ahead. */
    private static Flow<Lease> ahead(Flux<Lease> leases, int elements) {
        Flow<Lease> flow = ReactiveFlowKt.asFlow(leases);
        return FlowKt.flowOn(FlowKt.buffer(flow, elements, BufferOverflow.SUSPEND), Dispatchers.getDefault());
    }

    private static Flux<Lease> flux(Flow<Lease> flow) {
        return ReactorFlowKt.asFlux(flow, EmptyCoroutineContext.INSTANCE);
    }

    @Test
    void allBytesComeThroughAndTheBudgetHoldsTheSourceBack() {
        List<byte[]> received = memory.pool
                .scoped(scope -> flux(ahead(chunks(scope), 16))
                        .transform(ByteFlux.rechunk(100))
                        .transform(ByteFlux.asByteArray()))
                .collectList()
                .blockOptional(Patience.LIMIT)
                .orElseThrow();
        assertThat(received).hasSize(50);
        byte[] all = new byte[5_000];
        for (int i = 0; i < 50; i++) {
            System.arraycopy(received.get(i), 0, all, 100 * i, 100);
        }
        assertThat(all).isEqualTo(bytes());
        assertThat(memory.budget.peak()).isLessThanOrEqualTo(memory.budget.limit());
    }

    @Test
    void whatTheFlowHasAheadWhenItEndsEarlyIsClosedWithTheScope() {
        Lease first = memory.pool
                .scoped(scope -> flux(FlowKt.take(ahead(chunks(scope), 16), 1)).doOnNext(Lease::close))
                .blockLast(Patience.LIMIT);
        assertThat(first).isNotNull();
    }

    @Test
    void whatTheFlowDropsIsClosedWithTheScope() {
        Long left = memory.pool
                .scoped(scope ->
                        flux(FlowKt.drop(ahead(chunks(scope).take(20), 4), 15)).doOnNext(Lease::close))
                .count()
                .block(Patience.LIMIT);
        assertThat(left).isEqualTo(5);
    }
}
