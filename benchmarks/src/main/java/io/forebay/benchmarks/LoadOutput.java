package io.forebay.benchmarks;

import java.util.List;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What wrk or h2load said about one load.
 *
 * @param text the command after a dollar sign, then its output, then what the server took meanwhile
 */
record LoadOutput(String text) {
    private static final Pattern RATE = Pattern.compile("Requests/sec: +([0-9.]+)|finished in .*, ([0-9.]+) req/s");
    private static final Pattern REQUESTS = Pattern.compile("([0-9]+) requests in |requests: ([0-9]+) total");
    private static final Pattern PROCESSOR = Pattern.compile("the server took ([0-9.]+) s of a processor");
    private static final Pattern EACH = Pattern.compile("(?m)^(?=\\$ )");
    private static final Pattern ASKED = Pattern.compile("^\\$ h2load .*-c([0-9]+) .*--rps=([0-9.]+)");
    private static final Pattern WRK_REFUSED = Pattern.compile("Non-2xx or 3xx responses: ([0-9]+)");
    private static final Pattern WRK_BROKEN =
            Pattern.compile("Socket errors: connect ([0-9]+), read ([0-9]+), write ([0-9]+), timeout ([0-9]+)");
    private static final Pattern H2LOAD_FAILED = Pattern.compile("([0-9]+) failed, [0-9]+ errored");
    private static final Pattern H2LOAD_REFUSED =
            Pattern.compile("status codes: [0-9]+ 2xx, ([0-9]+) 3xx, ([0-9]+) 4xx, ([0-9]+) 5xx");

    /** One or more, one after the other. */
    static List<LoadOutput> each(String text) {
        return Stream.of(EACH.split(text)).map(LoadOutput::new).toList();
    }

    double requestsPerSecond() {
        return number(RATE);
    }

    double requests() {
        return number(REQUESTS);
    }

    /** How long the server had a processor; empty if nobody looked. */
    OptionalDouble processorSeconds() {
        Matcher seconds = PROCESSOR.matcher(text);
        return seconds.find() ? OptionalDouble.of(Double.parseDouble(seconds.group(1))) : OptionalDouble.empty();
    }

    private double number(Pattern pattern) {
        Matcher matcher = pattern.matcher(text);
        if (!matcher.find()) {
            throw new IllegalArgumentException("no number as in " + pattern + ": " + text);
        }
        return Double.parseDouble(matcher.group(1) != null ? matcher.group(1) : matcher.group(2));
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
