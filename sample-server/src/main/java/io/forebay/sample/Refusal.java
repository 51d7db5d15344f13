package io.forebay.sample;

import io.forebay.pool.BudgetExceededException;
import io.forebay.reactor.AcquireTimeoutException;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerResponse;

/**
 * A request that is not served: the status and the reason that its client is told. A route throws it, or lets its
 * pipeline fail with it; {@link Router} answers.
 */
final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** Most of what is held for a request is held for less. */
    private static final String RETRY_AFTER_SECONDS = "1";

    private final int status;

    private Refusal(HttpResponseStatus status, String reason) {
        super(
                reason,
                /* cause= */ null,
                /* enableSuppression= */ true,
                /* writableStackTrace= */ false); // no fault of ours
        this.status = status.code();
    }

    static Refusal badRequest(String reason) {
        return new Refusal(HttpResponseStatus.BAD_REQUEST, reason);
    }

    static Refusal lengthRequired(String reason) {
        return new Refusal(HttpResponseStatus.LENGTH_REQUIRED, reason);
    }

    static Refusal tooLarge(String reason) {
        return new Refusal(HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE, reason);
    }

    /** The same request may be served a little later. */
    static Refusal later(String reason) {
        return new Refusal(HttpResponseStatus.SERVICE_UNAVAILABLE, reason);
    }

    /** The refusal that a failure amounts to; any other failure as it is. */
    static Throwable of(Throwable failure) {
        if (failure instanceof BudgetExceededException) {
            return tooLarge(failure.getMessage() + "; waiting will not help, ask for less");
        }
        if (failure instanceof AcquireTimeoutException) {
            return later(failure.getMessage() + "; ask for less, wait longer, or come back");
        }
        if (failure instanceof OutOfMemoryError) { // of the allocator's limit, or of what Netty or the JVM may have
            return later("the server is out of memory: " + failure.getMessage());
        }
        return failure;
    }

    Mono<Void> answer(HttpServerResponse response) {
        HttpResponseStatus status = HttpResponseStatus.valueOf(this.status);
        if (status.equals(HttpResponseStatus.SERVICE_UNAVAILABLE)) {
            response.header(HttpHeaderNames.RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
        return Answers.text(response, status, String.valueOf(getMessage()));
    }
}
