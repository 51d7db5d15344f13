package io.forebay.sample;

import java.util.List;
import java.util.stream.Collectors;

/** A JSON object that is written as it is put together; {@link #toString} is its text. For one thread. */
final class Json {
    private final StringBuilder members = new StringBuilder();

    Json put(String name, long value) {
        return member(name, Long.toString(value));
    }

    Json put(String name, String value) {
        return member(name, quoted(value));
    }

    Json put(String name, Json value) {
        return member(name, value.toString());
    }

    Json put(String name, List<Json> values) {
        return member(name, values.stream().map(Json::toString).collect(Collectors.joining(",", "[", "]")));
    }

    private Json member(String name, String value) {
        if (!members.isEmpty()) {
            members.append(',');
        }
        members.append(quoted(name)).append(':').append(value);
        return this;
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder(text.length() + 2).append('"');
        text.chars().forEach(c -> append(quoted, (char) c));
        return quoted.append('"').toString();
    }

    private static void append(StringBuilder quoted, char c) {
        if (c < ' ') {
            quoted.append("\\u%04x".formatted((int) c));
            return;
        }
        if (c == '"' || c == '\\') {
            quoted.append('\\');
        }
        quoted.append(c);
    }

    @Override
    public String toString() {
        return "{" + members + "}";
    }
}
