package io.forebay.reactor;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.CompositeByteBuf;
import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;
import reactor.test.subscriber.TestSubscriber;

/** Random bytes, cut at random into buffers of all kinds, with random demand: what comes out is what a model of arrays says. */
class ByteModelTest {
    private static final int PROGRAMS = 500;

    /** Runs one random program; each has a seed of its own, which is named when it fails. */
    private static void programs(Consumer<Random> program) {
        for (int seed = 0; seed < PROGRAMS; seed++) {
            try {
                program.accept(new Random(seed));
            } catch (Throwable failure) {
                throw new AssertionError("seed=" + seed, failure);
            }
        }
    }

    private static byte[] bytes(Random random, int most, String alphabet) {
        byte[] bytes = new byte[random.nextInt(most + 1)];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) alphabet.charAt(random.nextInt(alphabet.length()));
        }
        return bytes;
    }

    private static List<byte[]> cut(Random random, byte[] bytes) {
        List<byte[]> pieces = new ArrayList<>();
        int most = 1 + random.nextInt(1 + bytes.length);
        int at = 0;
        while (at < bytes.length) {
            int end = Math.min(bytes.length, at + random.nextInt(most + 1));
            pieces.add(Arrays.copyOfRange(bytes, at, end));
            at = end;
        }
        return pieces;
    }

    private static Lease lease(Random random, Buffers buffers, byte[] bytes) {
        return switch (random.nextInt(4)) {
            case 0 -> Lease.adopt(buffers.of(bytes));
            case 1 -> { // bytes before and behind, which are none of ours
                ByteBuf buffer = buffers.buffer().writeInt(-1).writeBytes(bytes).writeInt(-1);
                yield Lease.adopt(buffer.readerIndex(4).writerIndex(4 + bytes.length));
            }
            case 2 -> {
                ByteBuf buffer = buffers.buffer().writeInt(-1).writeBytes(bytes).writeInt(-1);
                yield Lease.adopt(buffer.slice(4, bytes.length));
            }
            default -> {
                int half = bytes.length / 2;
                yield Lease.adopt(new CompositeByteBuf(
                        buffers,
                        /* direct= */ false,
                        2,
                        buffers.of(Arrays.copyOf(bytes, half)),
                        buffers.of(Arrays.copyOfRange(bytes, half, bytes.length))));
            }
        };
    }

    private record Result<O>(List<O> elements, @Nullable Throwable failure) {}

    /** Runs the bytes through; elements are read when they come, and then closed. */
    private static <T, O> Result<O> run(
            Random random, byte[] bytes, Function<Flux<Lease>, Flux<T>> operator, Function<T, O> read) {
        List<O> elements = new ArrayList<>();
        TestSubscriber<Object> subscriber =
                TestSubscriber.builder().initialRequest(0).build();
        try (Buffers buffers = new Buffers()) {
            Flux.fromIterable(cut(random, bytes))
                    .map(piece -> lease(random, buffers, piece))
                    .transform(operator)
                    .map(element -> {
                        elements.add(read.apply(element));
                        return (Object) 0;
                    })
                    .subscribe(subscriber);
            while (!subscriber.isTerminated()) {
                int before = elements.size();
                int requested = 1 + random.nextInt(3);
                subscriber.request(requested);
                assertThat(elements.size() - before).isLessThanOrEqualTo(requested);
            }
        }
        return new Result<>(elements, subscriber.isTerminatedError() ? subscriber.expectTerminalError() : null);
    }

    private static String read(Lease lease) {
        try (lease) {
            return new String(ByteBufUtil.getBytes(lease.buffer()), ISO_8859_1);
        }
    }

    private static String text(byte[] bytes) {
        return new String(bytes, ISO_8859_1);
    }

    @Test
    void rechunk() {
        programs(random -> {
            byte[] bytes = bytes(random, 60, "abc");
            int size = 1 + random.nextInt(20);
            List<String> expected = new ArrayList<>();
            for (int at = 0; at < bytes.length; at += size) {
                expected.add(text(Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + size))));
            }
            assertThat(run(random, bytes, ByteFlux.rechunk(size), ByteModelTest::read))
                    .isEqualTo(new Result<>(expected, null));
        });
    }

    /** Pieces of more than are always copied, of parts small and large. */
    @Test
    void rechunkToLargerPieces() {
        programs(random -> {
            byte[] bytes = bytes(random, 60_000, "abc");
            int size = 200 + random.nextInt(20_000);
            List<String> expected = new ArrayList<>();
            for (int at = 0; at < bytes.length; at += size) {
                expected.add(text(Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + size))));
            }
            assertThat(run(random, bytes, ByteFlux.rechunk(size), ByteModelTest::read))
                    .isEqualTo(new Result<>(expected, null));
        });
    }

    @Test
    void takeAndSkipBytes() {
        programs(random -> {
            byte[] bytes = bytes(random, 60, "abc");
            int count = random.nextInt(80);
            int cut = Math.min(count, bytes.length);
            var taken = run(random, bytes, ByteFlux.takeBytes(count), ByteModelTest::read);
            var rest = run(random, bytes, ByteFlux.skipBytes(count), ByteModelTest::read);
            assertThat(String.join("", taken.elements())).isEqualTo(text(Arrays.copyOf(bytes, cut)));
            assertThat(String.join("", rest.elements())).isEqualTo(text(Arrays.copyOfRange(bytes, cut, bytes.length)));
        });
    }

    @Test
    void limitBytes() {
        programs(random -> {
            byte[] bytes = bytes(random, 60, "abc");
            int limit = random.nextInt(80);
            var result = run(random, bytes, ByteFlux.limitBytes(limit), ByteModelTest::read);
            String passed = String.join("", result.elements());
            assertThat(text(bytes)).startsWith(passed);
            if (bytes.length <= limit) {
                assertThat(result.failure()).isNull();
                assertThat(passed).hasSize(bytes.length);
            } else {
                assertThat(passed.length()).isLessThanOrEqualTo(limit);
                assertThat(result.failure()).isInstanceOfSatisfying(ByteLimitExceededException.class, failure -> {
                    assertThat(failure.limitBytes()).isEqualTo(limit);
                    assertThat(failure.seenBytes()).isGreaterThan(limit);
                    assertThat(failure.operator()).isEqualTo("limitBytes");
                });
            }
        });
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
            byte[] bytes = bytes(random, 60, "aab");
            String delimiter = delimiters.get(random.nextInt(delimiters.size()));
            int limit = 1 + random.nextInt(30);
            var result =
                    run(random, bytes, ByteFlux.splitOn(delimiter.getBytes(ISO_8859_1), limit), ByteModelTest::read);
            checkFrames(result, split(text(bytes), delimiter), limit);
        });
    }

    @Test
    void lines() {
        programs(random -> {
            byte[] bytes = bytes(random, 60, "ab\r\n");
            int limit = 1 + random.nextInt(30);
            checkFrames(run(random, bytes, ByteFlux.lines(limit), ByteModelTest::read), linesOf(text(bytes)), limit);
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
            int limit = 1 + random.nextInt(30);
            List<Function<Flux<Lease>, Flux<Lease>>> operators = List.of(
                    ByteFlux.lines(limit),
                    ByteFlux.splitOn(new byte[] {2, 1}, limit),
                    ByteFlux.lengthPrefixed(1, 3),
                    ByteFlux.rechunk(limit));
            byte[] bytes = bytes(random, 60, "\1\2\3\r\n");
            for (Function<Flux<Lease>, Flux<Lease>> operator : operators) {
                Result<String> leased = run(random, bytes, operator, ByteModelTest::read);
                Result<String> lent = run(
                        random,
                        bytes,
                        flux -> flux.transform(operator).transform(Leases.consume(ByteModelTest::textOf)),
                        piece -> piece);
                Result<String> given = run(
                        random,
                        bytes,
                        flux -> flux.transform(operator).transform(Leases.detach()),
                        ByteModelTest::release);
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
            int field = 1 + random.nextInt(8);
            int limit = 1 + random.nextInt(30);
            List<String> frames = new ArrayList<>();
            int count = random.nextInt(10);
            for (int i = 0; i < count; i++) {
                frames.add(text(bytes(random, 20, "abc")));
            }
            StringBuilder wire = new StringBuilder();
            try (Buffers buffers = new Buffers()) {
                Flux.fromIterable(frames)
                        .map(frame -> buffers.lease(frame.getBytes(ISO_8859_1)))
                        .transform(ByteFlux.prependLength(field))
                        .subscribe(lease -> wire.append(read(lease)));
            }
            byte[] bytes = wire.toString().getBytes(ISO_8859_1);
            assertThat(bytes).hasSize(count * field + String.join("", frames).length());
            checkFrames(run(random, bytes, ByteFlux.lengthPrefixed(field, limit), ByteModelTest::read), frames, limit);
            if (bytes.length > 0 && frames.stream().allMatch(frame -> frame.length() <= limit)) {
                byte[] truncated = Arrays.copyOf(bytes, bytes.length - 1);
                assertThat(run(random, truncated, ByteFlux.lengthPrefixed(field, limit), ByteModelTest::read)
                                .failure())
                        .isInstanceOf(TruncatedFrameException.class);
            }
        });
    }

    @Test
    void aggregate() {
        programs(random -> {
            byte[] bytes = bytes(random, 60, "abc");
            int limit = 1 + random.nextInt(80);
            var result = run(
                    random, bytes, flux -> flux.as(ByteFlux.aggregate(limit)).flux(), ByteModelTest::read);
            checkFrames(result, bytes.length == 0 ? List.of() : List.of(text(bytes)), limit);
        });
    }

    @Test
    void asString() {
        List<Charset> charsets = List.of(UTF_8, UTF_16, ISO_8859_1, Charset.forName("GB18030"));
        programs(random -> {
            Charset charset = charsets.get(random.nextInt(charsets.size()));
            String text = random.ints(random.nextInt(30), 0, 5)
                    .mapToObj(i -> List.of("a", "\u00e9", "\u20ac", "\ud83d\ude00", "\u4e2d")
                            .get(i))
                    .reduce("", String::concat);
            byte[] bytes = text.getBytes(charset);
            if (random.nextInt(4) == 0 && bytes.length > 0) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(); // malformed, maybe
            }
            var result = run(random, bytes, ByteFlux.asString(charset), string -> string);
            assertThat(String.join("", result.elements())).isEqualTo(new String(bytes, charset));
            assertThat(result.elements()).doesNotContain("");
        });
    }

    @Test
    void asByteArray() {
        programs(random -> {
            byte[] bytes = bytes(random, 60, "abc");
            var result = run(random, bytes, ByteFlux.asByteArray(), ByteModelTest::text);
            assertThat(String.join("", result.elements())).isEqualTo(text(bytes));
        });
    }

    @Test
    void bufferBytes() {
        programs(random -> {
            byte[] bytes = bytes(random, 60, "abc");
            int limit = 1 + random.nextInt(20);
            var lists = run(
                    random,
                    bytes,
                    ByteFlux.bufferBytes(limit),
                    list -> list.stream().map(ByteModelTest::read).toList());
            assertThat(lists.failure()).isNull();
            assertThat(lists.elements().stream().flatMap(List::stream).reduce("", String::concat))
                    .isEqualTo(text(bytes));
            for (int i = 0; i < lists.elements().size(); i++) {
                List<String> list = lists.elements().get(i);
                int length = list.stream().mapToInt(ByteModelTest::counted).sum();
                assertThat(list).isNotEmpty();
                assertThat(length <= limit || list.size() == 1).isTrue();
                if (i + 1 < lists.elements().size()) { // the next one did not fit
                    int next = counted(lists.elements().get(i + 1).get(0));
                    assertThat(length == limit || length + next > limit).isTrue();
                }
            }
        });
    }

    private static int counted(String element) {
        return Math.max(1, element.length());
    }

    @Test
    void limitRateBytesMulticastAndProgressPassBytesOn() {
        programs(random -> {
            byte[] bytes = bytes(random, 60, "abc");
            int limit = 1 + random.nextInt(20);
            List<Long> told = new ArrayList<>();
            Function<Flux<Lease>, Flux<Lease>> all = flux -> flux.transform(ByteFlux.progress(told::add))
                    .transform(ByteFlux.limitRateBytes(limit))
                    .transform(ByteFlux.multicast(1));
            var passed = run(random, bytes, all, ByteModelTest::read);
            assertThat(passed.failure()).isNull();
            assertThat(String.join("", passed.elements())).isEqualTo(text(bytes));
            assertThat(told).isSorted();
            assertThat(told.isEmpty() ? 0 : told.get(told.size() - 1)).isEqualTo(bytes.length);
        });
    }

    @Test
    void write() {
        programs(random -> {
            byte[] bytes = bytes(random, 60, "abc");
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            var total = run(
                    random,
                    bytes,
                    flux -> flux.as(ByteStreams.write(() -> out, Schedulers.immediate()))
                            .flux(),
                    written -> written);
            assertThat(total).isEqualTo(new Result<>(List.of((long) bytes.length), null));
            assertThat(out.toByteArray()).isEqualTo(bytes);
        });
    }
}
