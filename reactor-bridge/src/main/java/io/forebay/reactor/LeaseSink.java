package io.forebay.reactor;

import java.util.Objects;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks.EmitResult;

/**
 * Where code that is no publisher puts leases in, and a publisher of them comes out. Made by {@link LeaseSinks}.
 *
 * <p><b>Ownership.</b> {@link EmitResult#OK} says that the lease is the sink's, or the subscriber's already: the sink closes
 * what the subscriber does not take. After any other result of {@link #tryEmitNext} the lease is still the caller's; {@link
 * #emitOrRelease} closes it. What was taken before the end is emitted before it. A sink that nobody subscribes to has to be
 * {@linkplain #dispose disposed of}.
 *
 * <p><b>Threads.</b> All methods may be called from any thread, also at once: unlike Reactor's sinks, this one needs no
 * outer lock and never fails with {@link EmitResult#FAIL_NON_SERIALIZED}. Elements are emitted on a thread that emits, requests
 * or subscribes.
 *
 * <p><b>When not to use it.</b> See {@link LeaseSinks}.
 */
public final class LeaseSink implements Disposable {
    private final FluxLeaseSink flux;

    LeaseSink(FluxLeaseSink flux) {
        this.flux = flux;
    }

    /**
     * What is emitted, for one subscriber; a second one gets {@link IllegalStateException}.
     *
     * <p><img class="marble" src="doc-files/marbles/asFlux.svg" alt="elements wait until they are requested; a cancel closes those that wait">
     *
     * <p><strong>Ownership:</strong> the subscriber's, from {@code onNext} on. What waits when it cancels is closed.
     *
     * <p><strong>Demand:</strong> elements wait in the sink until requested.
     */
    public Flux<Lease> asFlux() {
        return flux.assembled();
    }

    /**
     * Emits the lease or lets it wait, or refuses it and leaves it with the caller: {@link EmitResult#FAIL_OVERFLOW} if too
     * many bytes would wait, {@link EmitResult#FAIL_CANCELLED} after a cancel or {@link #dispose}, {@link
     * EmitResult#FAIL_TERMINATED} after the end.
     *
     * @throws IllegalStateException if the lease is closed or detached
     */
    public EmitResult tryEmitNext(Lease lease) {
        return flux.tryEmit(Objects.requireNonNull(lease, "lease"));
    }

    /** As {@link #tryEmitNext}, but a lease that is refused is closed. */
    public EmitResult emitOrRelease(Lease lease) {
        EmitResult result = tryEmitNext(lease);
        if (result.isFailure()) {
            lease.close();
        }
        return result;
    }

    /** Ends the sink, after what waits; {@link EmitResult#FAIL_TERMINATED} or {@link EmitResult#FAIL_CANCELLED} if it has ended. */
    public EmitResult tryEmitComplete() {
        return flux.tryEnd(/* failure= */ null);
    }

    /** As {@link #tryEmitComplete}, with an error. */
    public EmitResult tryEmitError(Throwable failure) {
        return flux.tryEnd(Objects.requireNonNull(failure, "failure"));
    }

    /** How many bytes wait to be requested. */
    public long waitingBytes() {
        return flux.waitingBytes();
    }

    /** Closes what waits and ends the sink at once; a subscriber gets {@link java.util.concurrent.CancellationException}. */
    @Override
    public void dispose() {
        flux.dispose();
    }

    /** Whether nothing can be emitted any more: it has ended, was cancelled, or disposed of. */
    @Override
    public boolean isDisposed() {
        return flux.isEnded();
    }

    @Override
    public String toString() {
        return "sink with " + waitingBytes() + " bytes waiting" + (isDisposed() ? ", ended" : "");
    }
}
