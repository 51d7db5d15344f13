package io.forebay.reactor;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.Fuseable;
import reactor.core.Fuseable.QueueSubscription;

/** Sources that have all their elements at hand, as a range, a collection, or what maps or filters them, and may be polled. */
final class SyncFusion {
    private SyncFusion() {}

    /**
     * The same subscription, which from here on is polled and not requested from, if it offers that: until a poll returns null,
     * or it is cancelled. It never signals then, and polls and its cancel have to come one after another.
     */
    @SuppressWarnings("unchecked") // of what it emits
    static <T> @Nullable QueueSubscription<? extends T> polledIfOffered(Subscription s) {
        return s instanceof QueueSubscription<?> queue && queue.requestFusion(Fuseable.SYNC) == Fuseable.SYNC
                ? (QueueSubscription<? extends T>) queue
                : null;
    }
}
