package io.forebay.reactor;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** Writes leases to an output one after another, and tells how far it is: after each, or at the end. */
final class FluxWrite extends FluxOperator<Lease, Long> {
    /**
     * @param opener opens an output for each subscription
     * @param tellsPositions the position in the file after each lease, or else, at the end, how many bytes were written
     */
    record Plan(Callable<? extends ChunkOutput> opener, Scheduler scheduler, boolean tellsPositions) {
        /** What a scan calls it. */
        String name() {
            return tellsPositions ? "writePositions" : "write";
        }
    }

    private final Plan plan;

    private FluxWrite(Flux<? extends Lease> source, Plan plan) {
        super(source);
        this.plan = plan;
    }

    /** The position after each element. */
    static Flux<Long> positions(
            Flux<? extends Lease> source, Callable<? extends ChunkOutput> opener, Scheduler scheduler) {
        return onAssembly(new FluxWrite(source, new Plan(opener, scheduler, /* tellsPositions= */ true)));
    }

    /** How many bytes were written, at the end. */
    static Mono<Long> bytes(Flux<? extends Lease> source, Callable<? extends ChunkOutput> opener, Scheduler scheduler) {
        Plan plan = new Plan(opener, scheduler, /* tellsPositions= */ false);
        return Mono.fromDirect(onAssembly(new FluxWrite(source, plan)));
    }

    @Override
    public void subscribe(CoreSubscriber<? super Long> actual) {
        FluxReframe.subscribeInside(source, new WriteSubscriber(actual, plan));
    }

    @Override
    public String stepName() {
        return plan.name();
    }

    @Override
    @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // as Reactor declares it; attributes are constants
    public @Nullable Object scanUnsafe(Attr key) {
        if (key == Attr.PREFETCH) {
            return 1;
        }
        if (key == Attr.RUN_ON) {
            return plan.scheduler();
        }
        return key == Attr.RUN_STYLE ? Attr.RunStyle.ASYNC : super.scanUnsafe(key);
    }
}
