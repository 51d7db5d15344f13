package io.forebay.benchmarks;

import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What wrk or h2load said about one load.
 *
 * @param text the command after a dollar sign, then its output
 */
record LoadOutput(String text) {
    private static final Pattern RATE = Pattern.compile("Requests/sec: +([0-9.]+)|finished in .*, ([0-9.]+) req/s");
    private static final Pattern ASKED = Pattern.compile("^\\$ h2load .*-c([0-9]+) .*--rps=([0-9.]+)");
    private static final Pattern WRK_REFUSED = Pattern.compile("Non-2xx or 3xx responses: ([0-9]+)");
    private static final Pattern WRK_BROKEN =
            Pattern.compile("Socket errors: connect ([0-9]+), read ([0-9]+), write ([0-9]+), timeout ([0-9]+)");
    private static final Pattern H2LOAD_FAILED = Pattern.compile("([0-9]+) failed, [0-9]+ errored");
    private static final Pattern H2LOAD_REFUSED =
            Pattern.compile("status codes: [0-9]+ 2xx, ([0-9]+) 3xx, ([0-9]+) 4xx, ([0-9]+) 5xx");

    double requestsPerSecond() {
        Matcher rate = RATE.matcher(text);
        if (!rate.find()) {
            throw new IllegalArgumentException("no requests per second: " + text);
        }
        return Double.parseDouble(rate.group(1) != null ? rate.group(1) : rate.group(2));
    }

    /** The rate the load generator was told to keep to, over all connections; empty if it was told none. */
    OptionalDouble askedRequestsPerSecond() {
        Matcher asked = ASKED.matcher(text);
        return asked.find()
                ? OptionalDouble.of(Integer.parseInt(asked.group(1)) * Double.parseDouble(asked.group(2)))
                : OptionalDouble.empty();
    }

    /** How many requests got no answer, or another than they asked for. */
    long failures() {
        return sum(WRK_REFUSED) + sum(WRK_BROKEN) + Math.max(h2loadFailed(), sum(H2LOAD_REFUSED));
    }

    /** Among what failed h2load counts what was refused, what ended in an error and what took too long. */
    private long h2loadFailed() {
        Matcher matcher = H2LOAD_FAILED.matcher(text);
        return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
    }

    private long sum(Pattern counts) {
        Matcher matcher = counts.matcher(text);
        long sum = 0;
        if (matcher.find()) {
            for (int group = 1; group <= matcher.groupCount(); group++) {
                sum += Long.parseLong(matcher.group(group));
            }
        }
        return sum;
    }
}
