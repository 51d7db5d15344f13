package io.forebay.sample;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PathTemplateTest {
    private final PathTemplate template = PathTemplate.of("/tenants/{name}/hold");

    @Test
    void aSegmentInBracesTakesAnyOneSegment() {
        assertThat(template.match("/tenants/ann/hold")).isEqualTo(Map.of("name", "ann"));
        assertThat(template.match("/tenants//hold")).isEqualTo(Map.of("name", ""));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "/tenants/ann",
                "/tenants/ann/hold/",
                "/tenants/ann/echo",
                "/x/ann/hold",
                "/tenants/a/b/hold"
            })
    void anotherPathDoesNotMatch(String path) {
        assertThat(template.match(path)).isNull();
    }

    @Test
    void aPathWithoutBracesMatchesItself() {
        assertThat(PathTemplate.of("/").match("/")).isEmpty();
        assertThat(PathTemplate.of("/echo").match("/echo")).isEmpty();
        assertThat(PathTemplate.of("/echo").match("/echo/")).isNull();
    }
}
