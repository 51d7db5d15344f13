package io.forebay.sample;

import io.forebay.pool.MemoryBudget;
import io.forebay.reactor.Lease;
import io.forebay.reactor.LeaseScope;
import io.forebay.reactor.ReactiveBufferPool;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.server.HttpServerResponse;

/**
 * Memory for one exchange: from its channel's allocator, within a budget, and handed out on its event loop, as a task of
 * its own. So a source that always finds room lets the loop serve others between two pieces.
 */
final class Pools {
    private Pools() {}

    static ReactiveBufferPool of(HttpServerResponse response, MemoryBudget budget) {
        return ReactiveBufferPool.create(response.alloc(), budget).deliverOn(loop(response));
    }

    /** The exchange's event loop; what it is given runs as a task of its own. */
    static Scheduler loop(HttpServerResponse response) {
        return Schedulers.fromExecutor(new Tasks(loopOf(response)));
    }

    /** A loop as a bare executor: the scheduler of an executor service would have to be disposed of. */
    private record Tasks(EventLoop loop) implements Executor {
        @Override
        public void execute(Runnable task) {
            loop.execute(task);
        }
    }

    /**
     * With a budget of its own: so many bytes of the answer may be on their way to the socket, however slow its reader.
     * Reactor Netty itself counts elements, and takes 128.
     */
    static ReactiveBufferPool window(HttpServerResponse response, long bytes) {
        return of(response, MemoryBudget.create("window", bytes));
    }

    /** Without a budget, and at once: for the little that goes with what is there already. */
    static ReactiveBufferPool unlimited(HttpServerResponse response) {
        return ReactiveBufferPool.create(response.alloc(), MemoryBudget.create("unlimited", Long.MAX_VALUE));
    }

    /**
     * As the scope's own, but what it fails with is a {@link Refusal}. An allocator without memory fails with an {@link
     * OutOfMemoryError}, and Reactor's operators take an error of the JVM for its end: they throw it at whoever calls, and
     * the exchange would never end.
     */
    static Mono<Lease> acquire(LeaseScope scope, int bytes) {
        return scope.acquire(bytes).onErrorMap(Refusal::of);
    }

    /** The same, within a time. */
    static Mono<Lease> acquire(LeaseScope scope, int bytes, Duration patience) {
        return scope.acquire(bytes, patience).onErrorMap(Refusal::of);
    }

    private static EventLoop loopOf(HttpServerResponse response) {
        AtomicReference<EventLoop> loop = new AtomicReference<>();
        response.withConnection(connection -> loop.set(connection.channel().eventLoop()));
        return Objects.requireNonNull(loop.get());
    }
}
