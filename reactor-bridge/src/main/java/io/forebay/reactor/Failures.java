package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.Exceptions;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/** What becomes of a failure: who is told of it, and what else is closed before. */
final class Failures {
    private Failures() {}

    static Throwable told(Throwable failure, Context context) {
        return told(failure, /* element= */ null, context);
    }

    /**
     * Reactor's hook rethrows what it takes for the JVM's end; an allocator that is out of memory is not.
     *
     * @param element at which it failed, for the hook
     */
    static Throwable told(Throwable failure, @Nullable Object element, Context context) {
        return failure instanceof OutOfMemoryError
                ? failure
                : Operators.onOperatorError(/* subscription= */ null, failure, element, context);
    }

    /** The first, which is told of the second, or the one there is. */
    static @Nullable Throwable both(@Nullable Throwable first, @Nullable Throwable second) {
        if (first == null) {
            return second;
        }
        if (second != null && !second.equals(first)) {
            first.addSuppressed(second);
        }
        return first;
    }

    /** Closes, if there is something to close; what that throws, with what failed before. */
    static @Nullable Throwable close(@Nullable AutoCloseable closed, @Nullable Throwable before) {
        if (closed == null) {
            return before;
        }
        try {
            closed.close();
            return before;
        } catch (Throwable failure) { // whoever closes has more to close, and somebody to tell
            return both(before, failure);
        }
    }

    /** The same for what the caller {@linkplain Lease#keep keeps}. */
    static @Nullable Throwable closeKept(@Nullable Lease kept, @Nullable Throwable before) {
        if (kept == null) {
            return before;
        }
        try {
            kept.closeKept();
            return before;
        } catch (Throwable failure) { // as above
            return both(before, failure);
        }
    }

    /** The same for a lease that the caller keeps, or a buffer that is in none, with a reference that is the caller's. */
    static @Nullable Throwable closeTaken(@Nullable Object leaseOrBuffer, @Nullable Throwable before) {
        return leaseOrBuffer instanceof ByteBuf buffer
                ? close(buffer::release, before)
                : closeKept((Lease) leaseOrBuffer, before);
    }

    /** Cancels; what that throws, which no source should, with what failed before. */
    static @Nullable Throwable cancel(Subscription s, @Nullable Throwable before) {
        return close(s::cancel, before);
    }

    /** The same for each, also after one that cannot be closed. */
    static @Nullable Throwable closeAll(Iterable<? extends AutoCloseable> closed, @Nullable Throwable before) {
        Throwable failure = before;
        for (AutoCloseable each : closed) {
            failure = close(each, failure);
        }
        return failure;
    }

    /** For whoever is left to tell, if something failed: the caller. */
    static void throwIfAny(@Nullable Throwable failure) {
        if (failure != null) {
            throw Exceptions.propagate(failure);
        }
    }

    /** Where nobody is left to tell, if something failed. */
    static void drop(@Nullable Throwable failure, Context context) {
        if (failure != null) {
            Operators.onErrorDropped(failure, context);
        }
    }
}
