package io.forebay.sample;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class JsonTest {
    @Test
    void anObjectIsWrittenInTheOrderOfItsCalls() {
        Json json = new Json()
                .put("b", 1)
                .put("a", "text")
                .put("list", List.of(new Json(), new Json().put("n", Long.MIN_VALUE)))
                .put("none", List.of())
                .put("object", new Json().put("x", "y"));
        assertThat(json)
                .hasToString("{\"b\":1,\"a\":\"text\",\"list\":[{},{\"n\":-9223372036854775808}],\"none\":[],"
                        + "\"object\":{\"x\":\"y\"}}");
    }

    @Test
    void textIsEscaped() {
        assertThat(new Json().put("a\"b", "\\ \" \n \u0001 ü 𝄞"))
                .hasToString("{\"a\\\"b\":\"\\\\ \\\" \\u000a \\u0001 ü 𝄞\"}");
    }
}
