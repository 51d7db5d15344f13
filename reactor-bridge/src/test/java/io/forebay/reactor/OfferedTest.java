package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
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
