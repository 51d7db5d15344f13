package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Every operator and publisher says who owns what and what it demands, and shows a picture, each overload for itself.
 */
class JavadocTest {
    private static final Path SOURCES = Path.of("src/main/java/io/forebay/reactor");
    private static final Pattern PUBLIC_METHOD =
            Pattern.compile("\\s+(?:@\\w+\\s+)*public (?:static )?(?:<\\w+> )?[\\w<>?, \\[\\]]+ (\\w+)\\(");
    private static final List<String> PARTS = List.of(
            "<strong>Ownership:</strong>",
            "<strong>Demand:</strong>",
            "<img class=\"marble\" src=\"doc-files/marbles/");

    /** What is said of each method, overloads one after another. */
    private final Map<String, List<String>> documentation = new HashMap<>();

    @BeforeEach
    void readTheSources() throws IOException {
        for (String name : Offered.all()) {
            String type = typeOf(name);
            if (documentation.keySet().stream()
                    .noneMatch(method -> typeOf(method).equals(type))) {
                read(type);
            }
        }
    }

    private void read(String type) throws IOException {
        String source = Files.readString(SOURCES.resolve(type + ".java"));
        Matcher method = PUBLIC_METHOD.matcher(source);
        int begin = source.indexOf("/**");
        while (begin >= 0) {
            int end = source.indexOf("*/", begin) + 2;
            if (method.region(end, source.length()).lookingAt()) {
                String text = source.substring(begin, end).replaceAll("\\s*\\n\\s*\\*", "");
                documentation
                        .computeIfAbsent(type + '.' + method.group(1), any -> new ArrayList<>())
                        .add(text);
            }
            begin = source.indexOf("/**", end);
        }
    }

    private static String typeOf(String method) {
        return method.substring(0, method.indexOf('.'));
    }

    private static String withoutParameters(String method) {
        return method.replaceAll("\\(.*", "");
    }

    private static boolean saysAll(String text) {
        return PARTS.stream().allMatch(text::contains);
    }

    @Test
    void eachOperatorSaysWhoOwnsWhatAndWhatItDemandsAndHasAPicture() {
        Map<String, String> silent = new LinkedHashMap<>();
        Set<String> offered = Offered.all();
        for (String method : offered) {
            for (String text : documentation.getOrDefault(withoutParameters(method), List.of(""))) {
                if (!saysAll(text)) {
                    silent.put(method, text);
                }
            }
        }
        assertThat(silent).isEmpty();
    }

    @Test
    void everyOverloadWasRead() {
        long read = Offered.all().stream()
                .map(JavadocTest::withoutParameters)
                .distinct()
                .mapToLong(
                        method -> documentation.getOrDefault(method, List.of()).size())
                .sum();
        assertThat(read).isGreaterThanOrEqualTo(Offered.all().size());
    }
}
