package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The pictures in the sources are those of {@link Marbles}; with {@code -Dmarbles.write=true} they are made so. */
class MarblesTest {
    private static final Path PICTURES =
            Path.of("src/main/javadoc/io.forebay.reactor/io/forebay/reactor/doc-files/marbles");
    private static final Path SOURCES = Path.of("src/main/java/io/forebay/reactor");
    private static final Pattern SHOWN = Pattern.compile("doc-files/marbles/(\\w+)\\.svg\" alt=\"[^\"]+\"");

    private static Set<String> filesIn(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return new HashSet<>(
                    files.map(file -> String.valueOf(file.getFileName())).toList());
        }
    }

    private static Set<String> shown() throws IOException {
        Set<String> shown = new HashSet<>();
        for (String source : filesIn(SOURCES)) {
            Matcher matcher = SHOWN.matcher(Files.readString(SOURCES.resolve(source)));
            while (matcher.find()) {
                shown.add(matcher.group(1));
            }
        }
        return shown;
    }

    @Test
    void thePicturesAreThoseOfTheGenerator() throws IOException {
        if (Boolean.getBoolean("marbles.write")) {
            Files.createDirectories(PICTURES);
            for (Map.Entry<String, String> picture : Marbles.all().entrySet()) {
                Files.writeString(PICTURES.resolve(picture.getKey() + ".svg"), picture.getValue());
            }
        }
        for (Map.Entry<String, String> picture : Marbles.all().entrySet()) {
            assertThat(Files.readString(PICTURES.resolve(picture.getKey() + ".svg")))
                    .as("%s, to be written by this test with -Dmarbles.write=true", picture.getKey())
                    .isEqualTo(picture.getValue());
        }
        assertThat(filesIn(PICTURES)).hasSameSizeAs(Marbles.all().keySet());
    }

    @Test
    void eachIsShownAndEachOperatorHasOne() throws IOException {
        assertThat(shown()).isEqualTo(Marbles.all().keySet());
        for (Class<?> type : new Class<?>[] {ByteFlux.class, Leases.class}) {
            for (Method method : type.getDeclaredMethods()) {
                if (Modifier.isPublic(method.getModifiers())) {
                    assertThat(shown()).as(type.getSimpleName()).contains(method.getName());
                }
            }
        }
    }
}
