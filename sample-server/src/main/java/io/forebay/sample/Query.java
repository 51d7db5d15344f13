package io.forebay.sample;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import reactor.netty.http.server.HttpServerRequest;

/**
 * The query of a request. What is unknown, missing, given twice, not a number or out of range is a {@link Refusal} that
 * names it.
 */
final class Query {
    private static final long EXAMPLE = 1024;

    private final String path;
    private final Map<String, List<String>> values;

    private Query(String path, Map<String, List<String>> values) {
        this.path = path;
        this.values = values;
    }

    /** @param known all that the route takes: anything else is a mistake, most likely in spelling */
    static Query of(HttpServerRequest request, String... known) {
        Map<String, List<String>> values = decode(request.uri());
        List<String> names = List.of(known);
        for (String name : values.keySet()) {
            if (!names.contains(name)) {
                throw Refusal.badRequest(request.fullPath() + " has no parameter '" + name + "' (misspelt?), only "
                        + String.join(", ", names));
            }
        }
        return new Query(request.fullPath(), values);
    }

    private static Map<String, List<String>> decode(String uri) {
        try {
            return new QueryStringDecoder(uri).parameters();
        } catch (IllegalArgumentException malformed) {
            throw Refusal.badRequest("the query has a '%' without two hexadecimal digits behind it: " + uri);
        }
    }

    /** A number that has to be given. */
    long number(String name, long least, long most) {
        List<String> given = values.getOrDefault(name, List.of());
        if (given.size() != 1) {
            throw Refusal.badRequest("give " + name + " once, as in " + path + '?' + name + '='
                    + Math.max(least, Math.min(EXAMPLE, most)) + ": " + name + '=' + given);
        }
        long number = parse(name, given.get(0));
        if (number < least || number > most) {
            throw Refusal.badRequest(name + " must be from " + least + " to " + most + ": " + name + '=' + number);
        }
        return number;
    }

    /** A number that is {@code preset} unless it is given. */
    long number(String name, long preset, long least, long most) {
        return values.containsKey(name) ? number(name, least, most) : preset;
    }

    /** As {@link #number(String, long, long, long)}, of milliseconds. */
    Duration millis(String name, long preset, long least, long most) {
        return Duration.ofMillis(number(name, preset, least, most));
    }

    private static long parse(String name, String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw Refusal.badRequest(name + " is not a whole number: " + name + '=' + text);
        }
    }
}
