package io.forebay.reactor;

import static io.forebay.reactor.ByteModel.bytes;
import static io.forebay.reactor.ByteModel.programs;
import static io.forebay.reactor.ByteModel.run;
import static io.forebay.reactor.ByteModel.text;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.reactor.ByteModel.Result;
import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/** What comes out of the operators is what a model of arrays says: the same bytes, or so many of them. */
class ByteModelTest {
    @Test
    void rechunk() {
        programs(random -> {
            byte[] bytes = bytes(random, 60, "abc");
            int size = 1 + random.nextInt(20);
            List<String> expected = new ArrayList<>();
            for (int at = 0; at < bytes.length; at += size) {
                expected.add(text(Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + size))));
            }
            assertThat(run(random, bytes, ByteFlux.rechunk(size), ByteModel::read))
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
            assertThat(run(random, bytes, ByteFlux.rechunk(size), ByteModel::read))
                    .isEqualTo(new Result<>(expected, null));
        });
    }

    @Test
    void takeAndSkipBytes() {
        programs(random -> {
            byte[] bytes = bytes(random, 60, "abc");
            int count = random.nextInt(80);
            int cut = Math.min(count, bytes.length);
            var taken = run(random, bytes, ByteFlux.takeBytes(count), ByteModel::read);
            var rest = run(random, bytes, ByteFlux.skipBytes(count), ByteModel::read);
            assertThat(String.join("", taken.elements())).isEqualTo(text(Arrays.copyOf(bytes, cut)));
            assertThat(String.join("", rest.elements())).isEqualTo(text(Arrays.copyOfRange(bytes, cut, bytes.length)));
        });
    }

    @Test
    void limitBytes() {
        programs(random -> {
            byte[] bytes = bytes(random, 60, "abc");
            int limit = random.nextInt(80);
            var result = run(random, bytes, ByteFlux.limitBytes(limit), ByteModel::read);
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
            var result = run(random, bytes, ByteFlux.asByteArray(), ByteModel::text);
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
                    list -> list.stream().map(ByteModel::read).toList());
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
            var passed = run(random, bytes, all, ByteModel::read);
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
