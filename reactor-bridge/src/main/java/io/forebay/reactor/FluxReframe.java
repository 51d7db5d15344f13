package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
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
    /** What may take its place, or share its subscription. */
    private enum Role {
        /** Passes leases on as they are: any reframer may take them in instead. */
        INTAKE,
        /** Makes pieces, without a function of the user's: a function of each may follow in the same subscription. */
        PIECES,
        /** Has a subscription of its own. */
        LAST
    }

    private final @Nullable FluxReframe<?, ?> before; // whose subscription it shares, and takes the place of
    private final String name;
    private final Function<? super I, ?> intake; // a lease, or a buffer with one reference, which is in no lease yet
    private final Supplier<? extends Reframer<O>> reframer;
    private final Role role;

    private FluxReframe(
            Flux<? extends I> source,
            @Nullable FluxReframe<?, ?> before,
            String name,
            Function<? super I, ?> intake,
            Supplier<? extends Reframer<O>> reframer,
            Role role) {
        super(source);
        this.before = before;
        this.name = name;
        this.intake = intake;
        this.reframer = reframer;
        this.role = role;
    }

    /**
     * Leases of other elements, and no more than that. Where a reframer follows at once, its subscriber makes the leases, so
     * that an element goes through one subscriber and not through two.
     *
     * @param intake makes of an element a buffer with one reference, within the {@code onNext} that brings it
     */
    static <I> Flux<Lease> intake(String name, Flux<? extends I> source, Function<? super I, ByteBuf> intake) {
        Supplier<Reframer<Lease>> asTheyAre = () -> new EachLease<>(Lease::letOut, Lease::adopt);
        return onAssembly(new FluxReframe<>(source, /* before= */ null, name, intake, asTheyAre, Role.INTAKE));
    }

    /** What the reframer, which is always hungry, makes of leases. */
    static <O> Flux<O> pieces(String name, Flux<Lease> source, Supplier<? extends Reframer<O>> reframer) {
        return create(name, source, reframer, Role.PIECES);
    }

    /** What the reframer makes of leases. */
    static <O> Flux<O> alone(String name, Flux<Lease> source, Supplier<? extends Reframer<O>> reframer) {
        return create(name, source, reframer, Role.LAST);
    }

    /** What the function makes of each lease, which it has, and lets out if it is in that. Where pieces are made just before, in the same subscription. */
    static <O> Flux<O> each(
            String name, Flux<Lease> source, Supplier<? extends Function<? super Lease, ? extends O>> use) {
        return each(name, source, use, /* useBuffer= */ null);
    }

    /** @param useBuffer makes the same of a buffer that is in no lease yet, and takes its reference over, also if it throws */
    static <O> Flux<O> each(
            String name,
            Flux<Lease> source,
            Supplier<? extends Function<? super Lease, ? extends O>> use,
            @Nullable Function<? super ByteBuf, ? extends O> useBuffer) {
        Supplier<Reframer<O>> each = () -> new EachLease<O>(use.get(), useBuffer);
        if (source instanceof FluxReframe<?, Lease> before && before.role == Role.PIECES) {
            Supplier<? extends Reframer<Lease>> pieces = before.reframer;
            return before.replacedBy(name, () -> new Cascade<O>(pieces.get(), each.get()), Role.LAST);
        }
        return create(name, source, each, Role.LAST);
    }

    /** What the function makes of each buffer, which is lent to it, and its lease then closed. */
    static <O> Flux<O> lend(String name, Flux<Lease> source, Function<? super ByteBuf, ? extends O> use) {
        return eachPiece(
                name, source, pieces -> pieces.lendNext(use), lease -> lend(lease, use), buffer -> lend(buffer, use));
    }

    private static <O> O lend(Lease lease, Function<? super ByteBuf, ? extends O> use) {
        try (lease) {
            return use.apply(lease.buffer());
        }
    }

    private static <O> O lend(ByteBuf buffer, Function<? super ByteBuf, ? extends O> use) {
        O used;
        try {
            used = use.apply(buffer);
        } catch (Throwable failure) { // goes up
            Throwable unused = Failures.close(buffer::release, failure);
            throw failure;
        }
        buffer.release();
        return used;
    }

    /** The buffers, whose leases end. */
    static Flux<ByteBuf> detach(Flux<Lease> source) {
        return eachPiece("detach", source, Pieces::detachNext, Lease::detach, Function.identity());
    }

    private static <O> Flux<O> eachPiece(
            String name,
            Flux<Lease> source,
            Function<? super Pieces, ? extends O> useNext,
            Function<? super Lease, ? extends O> use,
            Function<? super ByteBuf, ? extends O> useBuffer) {
        if (source instanceof FluxReframe<?, Lease> before && before.role == Role.PIECES) {
            Supplier<? extends Reframer<Lease>> pieces = before.reframer;
            return before.replacedBy(name, () -> new EachPiece<O>(pieces.get(), useNext, use), Role.LAST);
        }
        return create(name, source, () -> new EachLease<O>(use, useBuffer), Role.LAST);
    }

    private static <O> Flux<O> create(
            String name, Flux<Lease> source, Supplier<? extends Reframer<O>> reframer, Role role) {
        if (source instanceof FluxReframe<?, Lease> before && before.role == Role.INTAKE) {
            return before.replacedBy(name, reframer, role);
        }
        return onAssembly(new FluxReframe<>(source, /* before= */ null, name, Function.identity(), reframer, role));
    }

    private <P> Flux<P> replacedBy(String last, Supplier<? extends Reframer<P>> next, Role role) {
        return onAssembly(new FluxReframe<I, P>(source, this, last, intake, next, role));
    }

    /**
     * Subscribes one that closes all it gets and shows it to nobody, or takes buffers and makes the leases that it shows: where leases are
     * only made, without a subscriber in between that would do for them what this one does.
     */
    static void subscribeInside(Flux<? extends Lease> source, CoreSubscriber<Lease> actual) {
        if (source instanceof FluxReframe<?, ?> reframe && reframe.role == Role.INTAKE) {
            reframe.subscribeIntake(actual);
        } else {
            source.subscribe(actual);
        }
    }

    @SuppressWarnings("unchecked") // an intake makes buffers
    private void subscribeIntake(CoreSubscriber<Lease> actual) {
        source.subscribe(new IntakeSubscriber<I>(actual, this, (Function<? super I, ByteBuf>) intake));
    }

    @Override
    public void subscribe(CoreSubscriber<? super O> actual) {
        source.subscribe(new ReframeSubscriber<I, O>(actual, this, intake, reframer.get()));
    }

    /**
     * That of the operator, and of those whose subscription it shares before it: {@code adopt+rechunk}. Joined when somebody asks,
     * as pipelines are assembled for each request and seldom scanned.
     */
    @Override
    public String stepName() {
        return before == null ? name : before.stepName() + '+' + name;
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
