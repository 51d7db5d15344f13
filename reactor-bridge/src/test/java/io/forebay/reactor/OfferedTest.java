package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is offered is tested by the suites that hold for all: whoever adds an operator or a source adds it there, too. */
class OfferedTest {
    private static final String NO_PUBLISHER = "ByteStreams.toInputStream";

    private static Set<String> publishers() {
        Set<String> publishers = new TreeSet<>(Offered.all());
        assertThat(publishers.remove(NO_PUBLISHER)).isTrue();
        return publishers;
    }

    @Test
    void noPublicTypeThatOffersSomethingIsForgotten() throws IOException, ClassNotFoundException {
        List<String> sources;
        try (Stream<Path> files = Files.list(Path.of("src/main/java/io/forebay/reactor"))) {
            sources = files.map(file -> String.valueOf(file.getFileName())).toList();
        }
        assertThat(sources).contains("ByteFlux.java");
        for (String source : sources) {
            if (!source.equals("package-info.java")) {
                Class<?> type = Class.forName(
                        Offered.class.getPackageName() + '.' + source.substring(0, source.length() - ".java".length()));
                if (Modifier.isPublic(type.getModifiers())) {
                    assertThat(Offered.looksAt(type)).as(source).isEqualTo(Offered.offersSomething(type));
                }
            }
        }
    }

    @Test
    void eachHasAScenarioInTheLeakMatrix() {
        assertThat(Scenario.all().map(Scenario::of).collect(Collectors.toSet()))
                .containsExactlyInAnyOrderElementsOf(Offered.all());
    }

    @Test
    void eachIsHeldToTheRulesOfReactiveStreams() {
        assertThat(TckSubject.all().map(TckSubject::of).collect(Collectors.toSet()))
                .containsExactlyInAnyOrderElementsOf(publishers());
    }
}
