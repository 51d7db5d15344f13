package io.forebay.reactor;

import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;

/**
 * Runs a {@link Reframer} between two subscribers: sees to demand, the order of signals, and that whatever is kept is
 * closed once, however it ends.
 */
final class FluxReframe<I, O> extends FluxOperator<I, O> {
    private final Function<? super I, Lease> intake;
    private final Supplier<? extends Reframer<O>> reframer;

    private FluxReframe(
            Flux<? extends I> source, Function<? super I, Lease> intake, Supplier<? extends Reframer<O>> reframer) {
        super(source);
        this.intake = intake;
        this.reframer = reframer;
    }

    /** @param intake makes a lease of an element, within the {@code onNext} that brings it */
    static <I, O> Flux<O> create(
            Flux<? extends I> source, Function<? super I, Lease> intake, Supplier<? extends Reframer<O>> reframer) {
        return onAssembly(new FluxReframe<>(source, intake, reframer));
    }

    @Override
    public void subscribe(CoreSubscriber<? super O> actual) {
        source.subscribe(new ReframeSubscriber<I, O>(actual, intake, reframer.get()));
    }

    @Override
    @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // as Reactor declares it; attributes are constants
    public @Nullable Object scanUnsafe(Attr key) {
        if (key == Attr.PREFETCH) {
            return 1;
        }
        return key == Attr.RUN_STYLE ? Attr.RunStyle.SYNC : super.scanUnsafe(key);
    }
}
