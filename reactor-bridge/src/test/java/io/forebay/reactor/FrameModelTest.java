package io.forebay.reactor;

import static io.forebay.reactor.ByteModel.bytes;
import static io.forebay.reactor.ByteModel.programs;
import static io.forebay.reactor.ByteModel.run;
import static io.forebay.reactor.ByteModel.runs;
import static io.forebay.reactor.ByteModel.text;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.reactor.ByteModel.Result;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/** The frames and lines that come out of the operators are those that a model of strings says. */
class FrameModelTest {
    /** Few bytes and a short limit, or many, of which few end a frame, and a long one. */
    private record Input(String text, int limit) {
        static Input of(Random random, String fillers, String alphabet) {
            boolean isShort = random.nextBoolean();
            byte[] bytes = isShort ? ByteModel.bytes(random, 60, alphabet) : runs(random, 8, fillers, alphabet);
            return new Input(ByteModel.text(bytes), 1 + random.nextInt(isShort ? 30 : 20_000));
        }

        byte[] bytes() {
            return text.getBytes(ISO_8859_1);
        }
    }

    /** The model: frames in order, and whether one is too long, after which nothing comes. */
    private static void checkFrames(Result<String> result, List<String> frames, int limit) {
        int good = 0;
        while (good < frames.size() && frames.get(good).length() <= limit) {
            good++;
        }
        assertThat(result.elements()).isEqualTo(frames.subList(0, good));
        if (good == frames.size()) {
            assertThat(result.failure()).isNull();
        } else {
            assertThat(result.failure()).isInstanceOfSatisfying(ByteLimitExceededException.class, failure -> {
                assertThat(failure.limitBytes()).isEqualTo(limit);
                assertThat(failure.seenBytes()).isGreaterThan(limit);
            });
        }
    }

    private static List<String> split(String text, String delimiter) {
        List<String> frames = new ArrayList<>();
        int at = 0;
        int end = text.indexOf(delimiter);
        while (end >= 0) {
            frames.add(text.substring(at, end));
            at = end + delimiter.length();
            end = text.indexOf(delimiter, at);
        }
        if (at < text.length()) {
            frames.add(text.substring(at));
        }
        return frames;
    }

    @Test
    void splitOn() {
        List<String> delimiters = List.of("a", "ab", "aa", "aab", "aba");
        programs(random -> {
            Input input = Input.of(random, "xyz", "aab");
            String delimiter = delimiters.get(random.nextInt(delimiters.size()));
            var splitOn = ByteFlux.splitOn(delimiter.getBytes(ISO_8859_1), input.limit());
            var result = run(random, input.bytes(), splitOn, ByteModel::read);
            checkFrames(result, split(input.text(), delimiter), input.limit());
        });
    }

    @Test
    void lines() {
        programs(random -> {
            Input input = Input.of(random, "xyz", "ab\r\n");
            var result = run(random, input.bytes(), ByteFlux.lines(input.limit()), ByteModel::read);
            checkFrames(result, linesOf(input.text()), input.limit());
        });
    }

    @Test
    void linesAsString() {
        List<Charset> charsets = List.of(UTF_8, ISO_8859_1, Charset.forName("GB18030"));
        programs(random -> {
            Charset charset = charsets.get(random.nextInt(charsets.size()));
            String text = random.ints(random.nextInt(40), 0, 7)
                    .mapToObj(i -> List.of("a", "\u00e9", "\u20ac", "\ud83d\ude00", "\r", "\n", "\n")
                            .get(i))
                    .reduce("", String::concat);
            byte[] bytes = text.getBytes(charset);
            int limit = 1 + random.nextInt(30);
            List<String> lines = linesOf(text(bytes));
            Result<String> result = run(
                    random,
                    bytes,
                    ByteFlux.linesAsString(limit, charset),
                    line -> text(line.getBytes(charset))); // as bytes, by which the limit goes
            checkFrames(result, lines, limit);
        });
    }

    @Test
    void longLinesAsString() {
        programs(random -> {
            byte[] bytes = bytes(random, 40_000, "a".repeat(1_000) + "\r\n");
            assertThat(run(random, bytes, ByteFlux.linesAsString(40_000, UTF_8), line -> line))
                    .isEqualTo(new Result<>(linesOf(text(bytes)), null));
        });
    }

    private static List<String> linesOf(String text) {
        return split(text, "\n").stream()
                .map(line -> line.endsWith("\r") ? line.substring(0, line.length() - 1) : line)
                .toList();
    }

    private static String textOf(ByteBuf buffer) {
        return text(ByteBufUtil.getBytes(buffer, buffer.readerIndex(), buffer.readableBytes()));
    }

    private static String release(ByteBuf buffer) {
        String text = textOf(buffer);
        buffer.release();
        return text;
    }

    /** Pieces that are lent or given away where they are made, which needs no leases, are those that leases have. */
    @Test
    void piecesWithoutLeases() {
        programs(random -> {
            Input input = Input.of(random, "\1\2", "\1\2\3\r\n");
            byte[] bytes = input.bytes();
            List<Function<Flux<Lease>, Flux<Lease>>> operators = List.of(
                    ByteFlux.lines(input.limit()),
                    ByteFlux.splitOn(new byte[] {2, 1}, input.limit()),
                    ByteFlux.lengthPrefixed(1, 3),
                    ByteFlux.lengthPrefixed(2, 1_000), // of most pairs of these bytes
                    ByteFlux.rechunk(input.limit()));
            for (Function<Flux<Lease>, Flux<Lease>> operator : operators) {
                Result<String> leased = run(random, bytes, operator, ByteModel::read);
                Result<String> lent = run(
                        random,
                        bytes,
                        flux -> flux.transform(operator).transform(Leases.consume(FrameModelTest::textOf)),
                        piece -> piece);
                Result<String> given = run(
                        random,
                        bytes,
                        flux -> flux.transform(operator).transform(Leases.detach()),
                        FrameModelTest::release);
                for (Result<String> result : List.of(lent, given)) {
                    assertThat(result.elements()).isEqualTo(leased.elements());
                    assertThat(result.failure() == null).isEqualTo(leased.failure() == null);
                }
            }
        });
    }

    @Test
    void lengthPrefixedTakesApartWhatPrependLengthMade() {
        programs(random -> {
            boolean isShort = random.nextBoolean();
            int field = isShort ? 1 + random.nextInt(8) : 2 + random.nextInt(7);
            int limit = 1 + random.nextInt(isShort ? 30 : 20_000);
            List<String> frames = new ArrayList<>();
            int count = random.nextInt(10);
            for (int i = 0; i < count; i++) {
                frames.add(text(isShort ? bytes(random, 20, "abc") : runs(random, 2, "xyz", "abc")));
            }
            StringBuilder wire = new StringBuilder();
            try (Buffers buffers = new Buffers()) {
                Flux.fromIterable(frames)
                        .map(frame -> buffers.lease(frame.getBytes(ISO_8859_1)))
                        .transform(ByteFlux.prependLength(field))
                        .subscribe(lease -> wire.append(ByteModel.read(lease)));
            }
            byte[] bytes = wire.toString().getBytes(ISO_8859_1);
            assertThat(bytes).hasSize(count * field + String.join("", frames).length());
            checkFrames(run(random, bytes, ByteFlux.lengthPrefixed(field, limit), ByteModel::read), frames, limit);
            if (bytes.length > 0 && frames.stream().allMatch(frame -> frame.length() <= limit)) {
                byte[] truncated = Arrays.copyOf(bytes, bytes.length - 1);
                assertThat(run(random, truncated, ByteFlux.lengthPrefixed(field, limit), ByteModel::read)
                                .failure())
                        .isInstanceOf(TruncatedFrameException.class);
            }
        });
    }

    @Test
    void aggregate() {
        programs(random -> {
            Input input = Input.of(random, "xyz", "abc");
            Function<Flux<Lease>, Flux<Lease>> aggregate =
                    flux -> flux.as(ByteFlux.aggregate(input.limit())).flux();
            var result = run(random, input.bytes(), aggregate, ByteModel::read);
            checkFrames(result, input.text().isEmpty() ? List.of() : List.of(input.text()), input.limit());
        });
    }
}
