package io.forebay.reactor;

import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Mono;

/** As {@link FluxScoped}, for at most one element; unlike {@code Mono.using}, the element comes before the end. */
final class MonoScoped<T> extends Mono<T> implements Scannable {
    private final ReactiveBufferPool pool;
    private final Function<? super LeaseScope, ? extends Mono<? extends T>> scoped;

    private MonoScoped(ReactiveBufferPool pool, Function<? super LeaseScope, ? extends Mono<? extends T>> scoped) {
        this.pool = pool;
        this.scoped = Objects.requireNonNull(scoped, "scoped");
    }

    static <T> Mono<T> create(
            ReactiveBufferPool pool, Function<? super LeaseScope, ? extends Mono<? extends T>> scoped) {
        return onAssembly(new MonoScoped<>(pool, scoped));
    }

    @Override
    public void subscribe(CoreSubscriber<? super T> actual) {
        FluxScoped.subscribeIn(new LeaseScope(pool), scoped, actual);
    }

    @Override
    @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // as Reactor declares it; attributes are constants
    public @Nullable Object scanUnsafe(Attr key) {
        return key == Attr.RUN_STYLE ? Attr.RunStyle.SYNC : null;
    }
}
