package io.forebay.reactor;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Signal;
import reactor.core.publisher.Timed;
import reactor.util.context.Context;
import reactor.util.function.Tuple2;

/** The discard hook that closes leases, in an element or in what wraps it. */
final class Discards {
    private static final Object INSTALLED = new Object(); // the context's key: a hook below closes already

    private Discards() {}

    static <T> Flux<T> install(Flux<T> source) {
        return Flux.deferContextual(context -> context.hasKey(INSTALLED)
                ? source
                : source.doOnDiscard(Object.class, Discards::closeWithin)
                        .contextWrite(Context.of(INSTALLED, INSTALLED)));
    }

    /** Closes every lease in it, also where one cannot be closed; then throws what that threw. */
    static void closeWithin(@Nullable Object element) {
        Failures.throwIfAny(close(element, /* before= */ null));
    }

    /** Only what is there already is looked into: not iterables that may compute or never end. */
    private static @Nullable Throwable close(@Nullable Object element, @Nullable Throwable before) {
        if (element instanceof Lease lease) {
            return Failures.close(lease, before);
        }
        if (element instanceof Collection<?> elements) {
            return closeEach(elements, before);
        }
        if (element instanceof Tuple2<?, ?> tuple) { // longer ones are of this class, too
            return closeEach(tuple, before);
        }
        if (element instanceof Map<?, ?> map) {
            return closeEach(map.entrySet(), before);
        }
        if (element instanceof Map.Entry<?, ?> entry) {
            return close(entry.getValue(), close(entry.getKey(), before));
        }
        if (element instanceof Optional<?> optional) {
            return close(optional.orElse(null), before);
        }
        if (element instanceof Timed<?> timed) {
            return close(timed.get(), before);
        }
        return element instanceof Signal<?> signal ? close(signal.get(), before) : before;
    }

    private static @Nullable Throwable closeEach(Iterable<?> elements, @Nullable Throwable before) {
        Throwable failure = before;
        for (Object element : elements) {
            failure = close(element, failure);
        }
        return failure;
    }
}
