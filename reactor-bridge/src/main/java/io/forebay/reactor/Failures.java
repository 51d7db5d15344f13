package io.forebay.reactor;

import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/** What a subscriber is told of a failure. */
final class Failures {
    private Failures() {}

    /** Reactor's hook rethrows what it takes for the JVM's end; an allocator that is out of memory is not. */
    static Throwable told(Throwable failure, Context context) {
        return failure instanceof OutOfMemoryError ? failure : Operators.onOperatorError(null, failure, context);
    }
}
