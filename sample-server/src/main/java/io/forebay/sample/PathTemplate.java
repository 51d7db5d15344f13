package io.forebay.sample;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A path, in which a segment in braces stands for any one segment, as in <code>/tenants/{name}/hold</code>.
 *
 * @param text as a person writes it
 * @param segments its parts between slashes
 */
record PathTemplate(String text, List<String> segments) {
    static PathTemplate of(String text) {
        return new PathTemplate(text, split(text));
    }

    /** What stands for the segments in braces, by their names; null if the path is another one. */
    @Nullable
    Map<String, String> match(String path) {
        List<String> given = split(path);
        if (given.size() != segments.size()) {
            return null;
        }
        Map<String, String> values = new HashMap<>();
        for (int i = 0; i < given.size(); i++) {
            String segment = segments.get(i);
            if (isName(segment)) {
                values.put(segment.substring(1, segment.length() - 1), given.get(i));
            } else if (!segment.equals(given.get(i))) {
                return null;
            }
        }
        return values;
    }

    private static boolean isName(String segment) {
        return segment.startsWith("{") && segment.endsWith("}");
    }

    private static List<String> split(String path) {
        return List.of(path.split("/", /* limit= */ -1));
    }

    @Override
    public String toString() {
        return text;
    }
}
