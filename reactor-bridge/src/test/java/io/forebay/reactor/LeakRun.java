package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.test.publisher.TestPublisher;
import reactor.util.concurrent.Queues;

/** One subscription of the leak matrix: closing it closes what the subscriber got, and checks that nothing else is open. */
final class LeakRun implements AutoCloseable {
    enum Tail {
        PLAIN,
        CONDITIONAL,
        /** Within a scope: what such a publishOn holds when it is cancelled, Reactor loses. */
        PARKED,
        /** Before the operator, likewise. */
        PARKED_BEFORE
    }

    record Cell(Scenario scenario, Tail tail, int references) {
        /** Whether something is parked. */
        boolean parks() {
            return tail == Tail.PARKED || tail == Tail.PARKED_BEFORE;
        }

        @Override
        public String toString() {
            return scenario + ", " + tail + ", references=" + references;
        }
    }

    final Cell cell;
    private final List<byte[]> input;
    private final Buffers buffers = new Buffers(); // of the input
    private final Buffers pooled = new Buffers();
    private final MemoryBudget elements = MemoryBudget.create("elements", 1_000);
    private final MemoryBudget taken;
    private final ReactiveBufferPool pool;
    final ParkedScheduler parked = new ParkedScheduler();
    private final Queue<ByteBuf> heldInput = new ConcurrentLinkedQueue<>(); // the test's references
    private final Queue<ByteBuf> heldTaken = new ConcurrentLinkedQueue<>(); // likewise, to what the pool gave
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
        pool = ReactiveBufferPool.create(pooled, taken);
        if (cell.references() == 2) {
            pooled.whenMade(buffer -> heldTaken.add(new ChargedBuf(buffer.retain(), taken, buffer.capacity())));
        }
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
            case PARKED -> scoped(scope -> use(source, Memory.of(scope)).publishOn(parked, prefetch));
            case PARKED_BEFORE -> scoped(scope -> use(source.publishOn(parked, prefetch), Memory.of(scope)));
        };
    }

    private Flux<Object> scoped(Function<LeaseScope, Flux<Object>> pipeline) {
        return pool.scoped(scope -> {
            this.scope = scope;
            return pipeline.apply(scope);
        });
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
            heldInput.add(lease.buffer().retain());
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

    /** For a test that has its own subscriber: notes what is wrong with an element, and releases it. */
    void received(Object element) {
        subscriber.use(element);
        if (cell.scenario().waits()) {
            makeRoom();
        }
    }

    /** Where the next one waits for it, the test lets go of what nobody else holds any more. */
    private void makeRoom() {
        for (ByteBuf last = lastHeld(); last != null; last = lastHeld()) {
            last.release(); // may bring the next one, and this again
        }
    }

    private @Nullable ByteBuf lastHeld() {
        Iterator<ByteBuf> held = heldTaken.iterator();
        while (held.hasNext()) {
            ByteBuf buffer = held.next();
            if (buffer.refCnt() == 1) {
                held.remove(); // not by equals, which compares the bytes
                return buffer;
            }
        }
        return null;
    }

    /**
     * Also what comes meanwhile: Reactor's concatMap loses a publisher that it subscribes to just as it is cancelled, and does not
     * cancel it (reactor-core#4398). If that waits for room, it gets it now, and what it emits is discarded.
     */
    private static void releaseOwn(Queue<ByteBuf> held) {
        for (ByteBuf buffer = held.poll(); buffer != null; buffer = held.poll()) {
            assertThat(buffer.refCnt()).as("the test's own reference").isEqualTo(1);
            buffer.release();
        }
    }

    /** Requests and releases until there is no more to come. */
    void assertEnds() {
        parked.runAll();
        for (int i = 0; i < 20 && !subscriber.isTerminated(); i++) {
            subscriber.request(10);
            if (cell.scenario().waits()) {
                subscriber.close();
                makeRoom();
            }
            parked.runAll();
        }
        assertThat(subscriber.isTerminated()).isTrue();
    }

    @Override
    public void close() {
        parked.runAll();
        subscriber.close();
        releaseOwn(heldInput);
        releaseOwn(heldTaken);
        buffers.close();
        pooled.close();
        for (MemoryBudget budget : List.of(elements, taken)) {
            assertThat(budget.used()).isZero();
            assertThat(budget.waiting()).isZero();
        }
    }
}
