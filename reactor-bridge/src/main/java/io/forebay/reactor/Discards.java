package io.forebay.reactor;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Signal;
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

    /** Only what is there already is looked into: not iterables that may compute or never end. */
    static void closeWithin(@Nullable Object element) {
        if (element instanceof Lease lease) {
            lease.close();
        } else if (element instanceof Collection<?> elements) {
            elements.forEach(Discards::closeWithin);
        } else if (element instanceof Tuple2<?, ?> tuple) { // longer ones are of this class, too
            tuple.forEach(Discards::closeWithin);
        } else if (element instanceof Map<?, ?> map) {
            map.forEach(Discards::closeBoth);
        } else if (element instanceof Map.Entry<?, ?> entry) {
            closeBoth(entry.getKey(), entry.getValue());
        } else if (element instanceof Optional<?> optional) {
            optional.ifPresent(Discards::closeWithin);
        } else if (element instanceof Signal<?> signal) {
            closeWithin(signal.get());
        }
    }

    private static void closeBoth(@Nullable Object key, @Nullable Object value) {
        closeWithin(key);
        closeWithin(value);
    }
}
