package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.test.publisher.TestPublisher;
import reactor.util.concurrent.Queues;

/** One subscription of the leak matrix: closing it closes what the subscriber got, and checks that nothing else is open. */
final class LeakRun implements AutoCloseable {
    enum Tail {
        PLAIN,
        CONDITIONAL,
        /**
         * Within a scope: what such a publishOn holds when it is cancelled, Reactor loses. Before the operator, where what
         * comes out of that is nobody's scope's.
         */
        PARKED
    }

    record Cell(Scenario scenario, Tail tail, int references) {
        @Override
        public String toString() {
            return scenario + ", " + tail + ", references=" + references;
        }
    }

    final Cell cell;
    private final List<byte[]> input;
    private final Buffers buffers = new Buffers();
    private final MemoryBudget elements = MemoryBudget.create("elements", 1_000);
    private final MemoryBudget taken;
    private final ReactiveBufferPool pool;
    final ParkedScheduler parked = new ParkedScheduler();
    private final Queue<ByteBuf> held = new ConcurrentLinkedQueue<>(); // the test's references
    final TestPublisher<Lease> source = TestPublisher.createNoncompliant(
            TestPublisher.Violation.DEFER_CANCELLATION,
            TestPublisher.Violation.REQUEST_OVERFLOW,
            TestPublisher.Violation.CLEANUP_ON_TERMINATE);
    final Recorder subscriber;
    private final int prefetch; // of the parked publishOn
    private volatile @Nullable LeaseScope scope;
    private int sent;

    LeakRun(Cell cell, long initialRequest) {
        this(cell, initialRequest, Queues.SMALL_BUFFER_SIZE);
    }

    LeakRun(Cell cell, long initialRequest, int prefetch) {
        this.cell = cell;
        this.prefetch = prefetch;
        input = cell.scenario().input();
        taken = MemoryBudget.create("taken", cell.scenario().poolBytes());
        pool = ReactiveBufferPool.create(buffers, taken);
        subscriber = new Recorder(initialRequest);
    }

    /** Subscribed to the source that the test drives. */
    static LeakRun subscribed(Cell cell, long initialRequest) {
        return subscribed(cell, initialRequest, Queues.SMALL_BUFFER_SIZE);
    }

    static LeakRun subscribed(Cell cell, long initialRequest, int prefetch) {
        LeakRun run = new LeakRun(cell, initialRequest, prefetch);
        run.use(run.source.flux()).subscribe(run.subscriber);
        return run;
    }

    /** All of the input, as it is requested, or polled where that is offered and taken up. */
    Flux<Lease> asRequested(boolean offersFusion) {
        Flux<Lease> source = Flux.fromIterable(input).map(content -> {
            Lease lease = lease(content);
            if (lease == null) {
                throw new IllegalStateException("the scope has ended");
            }
            return lease;
        });
        return offersFusion ? source : source.hide();
    }

    Flux<Object> use(Flux<Lease> source) {
        return switch (cell.tail()) {
            case PLAIN -> use(source, Memory.of(pool));
            case CONDITIONAL -> use(source, Memory.of(pool)).filter(element -> true);
            case PARKED ->
                pool.scoped(scope -> {
                    this.scope = scope;
                    return cell.scenario().leavesTheScope()
                            ? use(source.publishOn(parked, prefetch), Memory.of(scope))
                            : use(source, Memory.of(scope)).publishOn(parked, prefetch);
                });
        };
    }

    private Flux<Object> use(Flux<Lease> source, Memory memory) {
        return cell.scenario().use().of(source, pool, memory).cast(Object.class);
    }

    /** None if the scope ends meanwhile. */
    private @Nullable Lease lease(byte[] content) {
        assertThat(elements.tryReserve(content.length)).isTrue();
        Lease lease = new LeaseSource(buffers, elements).take(content.length, /* scope= */ null);
        lease.buffer().writeBytes(content); // before the scope, which may end at any time, has it
        if (cell.references() == 2) {
            held.add(lease.buffer().retain());
        }
        LeaseScope scope = this.scope;
        try {
            return scope == null ? lease : scope.adopt(lease.detach());
        } catch (IllegalStateException ended) {
            return null;
        }
    }

    void send(int elements) {
        for (int i = 0; i < elements; i++) {
            Lease lease = lease(input.get(sent % input.size()));
            sent++;
            if (lease != null) {
                source.next(lease);
            }
        }
    }

    void sendAll() {
        send(input.size());
    }

    void error() {
        source.error(new IllegalStateException("boom"));
    }

    /** Requests and releases until there is no more to come. */
    void assertEnds() {
        parked.runAll();
        for (int i = 0; i < 20 && !subscriber.isTerminated(); i++) {
            subscriber.request(10);
            if (cell.scenario().waits()) {
                subscriber.close();
            }
            parked.runAll();
        }
        assertThat(subscriber.isTerminated()).isTrue();
    }

    @Override
    public void close() {
        parked.runAll();
        subscriber.close();
        for (ByteBuf buffer : held) {
            assertThat(buffer.refCnt()).as("the test's own reference").isEqualTo(1);
            buffer.release();
        }
        buffers.close();
        for (MemoryBudget budget : List.of(elements, taken)) {
            assertThat(budget.used()).isZero();
            assertThat(budget.waiting()).isZero();
        }
    }
}
