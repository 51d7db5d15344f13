package io.forebay.reactor;

import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Mono;

/** As {@link FluxScoped}, for at most one element; unlike {@code Mono.using}, the element comes before the end. */
final class MonoScoped<T> extends Mono<T> implements Scannable {
    private final String name;
    private final ReactiveBufferPool pool;
    private final Function<? super LeaseScope, ? extends Mono<? extends T>> scoped;

    private MonoScoped(
            String name, ReactiveBufferPool pool, Function<? super LeaseScope, ? extends Mono<? extends T>> scoped) {
        this.name = name;
        this.pool = pool;
        this.scoped = Objects.requireNonNull(scoped, "scoped");
    }

    /** @param name what a scan calls it */
    static <T> Mono<T> create(
            String name, ReactiveBufferPool pool, Function<? super LeaseScope, ? extends Mono<? extends T>> scoped) {
        return onAssembly(new MonoScoped<>(name, pool, scoped));
    }

    @Override
    public void subscribe(CoreSubscriber<? super T> actual) {
        FluxScoped.subscribeIn(new LeaseScope(pool), name, scoped, actual);
    }

    @Override
    public String stepName() {
        return name;
    }

    @Override
    @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // as Reactor declares it; attributes are constants
    public @Nullable Object scanUnsafe(Attr key) {
        return key == Attr.RUN_STYLE ? Attr.RunStyle.SYNC : null;
    }
}
