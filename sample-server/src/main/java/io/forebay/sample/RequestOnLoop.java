package io.forebay.sample;

import io.netty.channel.EventLoop;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.util.context.Context;

/**
 * Passes each request on as a task of its own. A source that answers at once, feeding a socket that takes all it gets,
 * would otherwise never leave the stack of {@code send}: the loop would serve this exchange only, and could not even be
 * stopped.
 */
final class RequestOnLoop<T> extends Flux<T> {
    private final Flux<T> source;
    private final EventLoop loop;

    RequestOnLoop(Flux<T> source, EventLoop loop) {
        this.source = source;
        this.loop = loop;
    }

    @Override
    public void subscribe(CoreSubscriber<? super T> actual) {
        source.subscribe(new RequestOnLoopSubscriber<>(actual, loop));
    }

    /** Touches only the demand: items and signals go straight through. */
    private record RequestOnLoopSubscriber<T>(CoreSubscriber<? super T> actual, EventLoop loop)
            implements CoreSubscriber<T> {
        @Override
        public void onSubscribe(Subscription subscription) {
            actual.onSubscribe(new Subscription() {
                @Override
                public void request(long n) {
                    loop.execute(() -> subscription.request(n));
                }

                @Override
                public void cancel() {
                    subscription.cancel();
                }
            });
        }

        @Override
        public void onNext(T item) {
            actual.onNext(item);
        }

        @Override
        public void onError(Throwable failure) {
            actual.onError(failure);
        }

        @Override
        public void onComplete() {
            actual.onComplete();
        }

        @Override
        public Context currentContext() {
            return actual.currentContext();
        }
    }
}
