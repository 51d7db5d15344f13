package io.forebay.benchmarks.bridge;

import io.netty.buffer.ByteBuf;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.util.context.Context;

/** Releases each buffer when {@code onNext} has returned, as Reactor Netty's {@code receive()} does. */
final class LentFlux extends FluxOperator<ByteBuf, ByteBuf> {
    LentFlux(Flux<ByteBuf> source) {
        super(source);
    }

    @Override
    public void subscribe(CoreSubscriber<? super ByteBuf> actual) {
        source.subscribe(new Lender(actual));
    }

    private record Lender(CoreSubscriber<? super ByteBuf> actual) implements CoreSubscriber<ByteBuf> {
        @Override
        public void onSubscribe(Subscription s) {
            actual.onSubscribe(s);
        }

        @Override
        public void onNext(ByteBuf buffer) {
            try {
                actual.onNext(buffer);
            } finally {
                buffer.release();
            }
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
