package io.forebay.sample;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;

final class LinesRouteTest {
    private static final int LONG_LINES = 512;

    private final StoppingReader reader = new StoppingReader();
    private final TestServer server = reader.server();

    @AfterEach
    void stopWithACleanLedger() {
        server.close();
    }

    @ParameterizedTest
    @EnumSource
    void linesAreNumberedWhereverTheBodyIsCut(Way way) {
        for (int seed = 0; seed < 10; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            String text = randomText(random);
            Answer answer = post(way, "/lines", Bytes.cut(text.getBytes(UTF_8), 1 + random.nextInt(500), random));
            assertThat(answer.status()).as("seed %d", seed).isEqualTo(200);
            assertThat(answer.contentType()).isEqualTo("text/plain; charset=utf-8");
            assertThat(answer.body()).as("seed %d", seed).isEqualTo(numbered(text));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "\r\n", "\n\n", "one", "one\n", "one\r\ntwo", "\none"})
    void theEdgesOfATextAreNumberedAsCatDoes(String text) {
        Answer answer = post(Way.HTTP11, "/lines", body(text));
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo(numbered(text));
    }

    @Test
    void numbersOfMoreThanSixDigitsArePushedOut() {
        assertThat(LinesRoute.prefix(7)).isEqualTo("     7\t");
        assertThat(LinesRoute.prefix(999_999)).isEqualTo("999999\t");
        assertThat(LinesRoute.prefix(1_000_000)).isEqualTo("1000000\t");
    }

    @ParameterizedTest
    @EnumSource
    void aLineOfJustTheLimitIsServed(Way way) {
        Answer answer = post(way, "/lines?max=16", body("x".repeat(16) + "\r\n"));
        assertThat(answer.body()).isEqualTo("     1\t" + "x".repeat(16) + "\n");
    }

    @ParameterizedTest
    @EnumSource
    void aLineThatIsTooLongIsRefusedByName(Way way) {
        Answer answer = post(way, "/lines?max=16", body("x".repeat(17) + "\n"));
        assertThat(answer.status()).isEqualTo(413);
        assertThat(answer.body()).contains("max=16", "seen=17", "larger max");
    }

    @ParameterizedTest
    @EnumSource
    void aLineThatNeverEndsIsRefusedWhileItComes(Way way) {
        Answer answer = post(way, "/lines", Bytes.pattern(5_000_000).map(LinesRouteTest::withoutLineFeeds));
        assertThat(answer.status()).isEqualTo(413);
        assertThat(answer.body()).contains("max=" + LinesRoute.DEFAULT_MAX);
    }

    @ParameterizedTest
    @EnumSource
    void aLaterLineThatIsTooLongCutsTheAnswerOff(Way way) {
        assertThatThrownBy(() -> post(way, "/lines?max=16", body("short\n" + "x".repeat(17) + "\n")))
                .hasMessageContaining("onnection"); // closed, or reset
    }

    @ParameterizedTest
    @CsvSource({"max=0", "max=-1", "max=1048577", "max=wide", "max=", "mx=16", "max=1&max=2"})
    void aBadParameterIsRefusedByName(String query) {
        Answer answer = post(Way.HTTP11, "/lines?" + query, body("one\n"));
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.body()).contains(query.substring(0, query.indexOf('=')));
    }

    /**
     * Of 64 KiB each; by their number, as a transport counts, 128 would be out. Not over HTTP/1.1 with TLS: what is encrypted
     * counts as released.
     */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "TLS_HTTP11")
    void longLinesOnTheirWayToAReaderThatStopsAreBoundedInBytes(Way way) {
        long read = reader.post(way, "/lines", longLines(LONG_LINES));
        int numberedLine = LinesRoute.prefix(1).length() + LinesRoute.DEFAULT_MAX + 1;
        assertThat(read).isEqualTo((long) LONG_LINES * numberedLine);
        assertThat(reader.mostInFlight()).hasValueLessThanOrEqualTo(LinesRoute.WINDOW_BYTES + numberedLine);
    }

    private static Flux<ByteBuf> longLines(int lines) {
        byte[] line = ("x".repeat(LinesRoute.DEFAULT_MAX) + '\n').getBytes(UTF_8);
        return Flux.range(0, lines).map(i -> Unpooled.wrappedBuffer(line));
    }

    private Answer post(Way way, String uri, Flux<ByteBuf> body) {
        return Answer.post(server.client(way), uri, body);
    }

    private static Flux<ByteBuf> body(String text) {
        return Flux.just(text).map(t -> Unpooled.copiedBuffer(t, UTF_8));
    }

    private static ByteBuf withoutLineFeeds(ByteBuf buffer) {
        return buffer.setZero(0, buffer.writerIndex());
    }

    private static String randomText(SplittableRandom random) {
        String[] words = {"", "a", "forebay", "größe", "池", "𝄞", "\r", " ", "tab\t"};
        StringBuilder text = new StringBuilder();
        for (int line = random.nextInt(400); line > 0; line--) {
            for (int word = random.nextInt(20); word > 0; word--) {
                text.append(words[random.nextInt(words.length)]);
            }
            text.append(random.nextBoolean() ? "\n" : "\r\n");
        }
        return text.append(words[random.nextInt(words.length)]).toString();
    }

    /** As {@code cat -n}, but a line's end is always a line feed. */
    private static String numbered(String text) {
        StringBuilder numbered = new StringBuilder();
        int number = 0;
        int from = 0;
        while (from < text.length()) {
            int feed = text.indexOf('\n', from);
            int end = feed < 0 ? text.length() : feed;
            String line = text.substring(from, end);
            number++;
            numbered.append("%6d\t".formatted(number))
                    .append(line.endsWith("\r") ? line.substring(0, line.length() - 1) : line)
                    .append('\n');
            from = end + 1;
        }
        return numbered.toString();
    }
}
