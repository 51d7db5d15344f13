package io.forebay.sample;

import java.time.Duration;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;
import reactor.core.publisher.SynchronousSink;
import reactor.core.scheduler.Schedulers;

/** A text that is made anew once a period while anybody watches, once for all who do. Thread-safe. */
final class Live implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Live.class);

    private final Sinks.Empty<Void> end = Sinks.empty();
    private final Flux<String> states;

    /** @param state is called off the event loops, by one thread at a time */
    Live(Supplier<String> state, Duration period) {
        states = Flux.interval(Duration.ZERO, period, Schedulers.boundedElastic())
                .onBackpressureDrop()
                .<String>handle((tick, sink) -> read(state, sink))
                .takeUntilOther(end.asMono())
                .replay(1)
                .refCount();
    }

    private static void read(Supplier<String> state, SynchronousSink<String> sink) {
        try {
            sink.next(state.get());
        } catch (RuntimeException unreadable) { // told here: an error would be replayed to all who come
            LOG.warn("no reading this time", unreadable);
        }
    }

    /** The latest text, and those that follow; who is slow misses some. Completes when this is closed. */
    Flux<String> states() {
        return states.onBackpressureLatest();
    }

    /** Ends all watching, now and later: an exchange that never ends would hold up an orderly stop. */
    @Override
    public void close() {
        Sinks.EmitResult unused = end.tryEmitEmpty(); // else it was closed before
    }
}
