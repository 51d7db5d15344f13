package io.forebay.sample;

import java.time.Duration;

/**
 * How long a client may be silent. Neither time counts while an answer is made or sent over HTTP/1.1; over HTTP/2, where
 * {@code idle} is of the connection, whatever its streams do, it counts where nothing is read or written.
 *
 * @param body between two reads of a request's body; also where the server does not read, as it has no room for more
 * @param idle between two requests, and before the first
 */
record Timeouts(Duration body, Duration idle) {
    /** A request for memory may wait for a minute, and hold it for another, without a byte on the connection. */
    static final Timeouts DEFAULT = new Timeouts(
            Duration.ofMillis(HoldRoute.MAX_WAIT_MILLIS).plusSeconds(30),
            Duration.ofMillis(HoldRoute.MAX_WAIT_MILLIS + HoldRoute.MAX_HOLD_MILLIS)
                    .plusSeconds(30));
}
