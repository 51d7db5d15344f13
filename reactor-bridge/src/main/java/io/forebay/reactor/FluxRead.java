package io.forebay.reactor;

import java.util.concurrent.Callable;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** What an input has, chunk by chunk, each in a lease that is asked for when the chunk is wanted. */
final class FluxRead extends Flux<Lease> implements Scannable {
    /**
     * @param opener opens an input for each subscription
     * @param buffers where leases come from, by bytes
     */
    record Plan(
            Callable<? extends ChunkInput> opener,
            IntFunction<? extends Mono<Lease>> buffers,
            int chunkBytes,
            Scheduler scheduler) {}

    private final Plan plan;

    private FluxRead(Plan plan) {
        this.plan = plan;
    }

    static Flux<Lease> create(Plan plan) {
        return onAssembly(new FluxRead(plan));
    }

    @Override
    public void subscribe(CoreSubscriber<? super Lease> actual) {
        ReadSubscription subscription = new ReadSubscription(actual, plan);
        actual.onSubscribe(subscription);
        subscription.work(); // opens, also when nothing is requested yet
    }

    @Override
    @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // as Reactor declares it; attributes are constants
    public @Nullable Object scanUnsafe(Attr key) {
        if (key == Attr.RUN_ON) {
            return plan.scheduler();
        }
        return key == Attr.RUN_STYLE ? Attr.RunStyle.ASYNC : null;
    }
}
