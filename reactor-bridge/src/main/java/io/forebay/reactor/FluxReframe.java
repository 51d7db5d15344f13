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
    private final boolean isIntake; // the reframer passes leases on as they are

    private FluxReframe(
            Flux<? extends I> source,
            Function<? super I, Lease> intake,
            Supplier<? extends Reframer<O>> reframer,
            boolean isIntake) {
        super(source);
        this.intake = intake;
        this.reframer = reframer;
        this.isIntake = isIntake;
    }

    /**
     * Leases of other elements, and no more than that. Where a reframer follows at once, its subscriber makes the leases, so
     * that an element goes through one subscriber and not through two.
     *
     * @param intake makes a lease of an element, within the {@code onNext} that brings it
     */
    static <I> Flux<Lease> intake(Flux<? extends I> source, Function<? super I, Lease> intake) {
        Supplier<Reframer<Lease>> asTheyAre = () -> new EachLease<>(Function.identity());
        return onAssembly(new FluxReframe<>(source, intake, asTheyAre, /* isIntake= */ true));
    }

    /** What the reframer makes of leases. */
    static <O> Flux<O> create(Flux<Lease> source, Supplier<? extends Reframer<O>> reframer) {
        if (source instanceof FluxReframe<?, Lease> before && before.isIntake) {
            return before.followedBy(reframer);
        }
        return onAssembly(new FluxReframe<>(source, Function.identity(), reframer, /* isIntake= */ false));
    }

    private <P> Flux<P> followedBy(Supplier<? extends Reframer<P>> next) {
        return onAssembly(new FluxReframe<I, P>(source, intake, next, /* isIntake= */ false));
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
