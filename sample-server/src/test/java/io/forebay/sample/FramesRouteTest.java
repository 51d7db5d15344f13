package io.forebay.sample;

import static io.forebay.sample.Patience.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

final class FramesRouteTest {
    private static final int LARGE_FRAMES = 512;

    private final StoppingReader reader = new StoppingReader();
    private final TestServer server = reader.server();

    @AfterEach
    void stopWithACleanLedger() {
        server.close();
    }

    @ParameterizedTest
    @EnumSource
    void framesComeBackReversedWhereverTheBodyIsCut(Way way) {
        for (int seed = 0; seed < 10; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            List<byte[]> frames = randomFrames(random);
            byte[] sent = framed(frames);
            Answer answer = post(way, "/frames?max=5000", Bytes.cut(sent, 1 + random.nextInt(4_000), random));
            frames.replaceAll(FramesRouteTest::reversed);
            assertThat(answer.status()).as("seed %d", seed).isEqualTo(200);
            assertThat(answer.bytes()).as("seed %d", seed).isEqualTo(framed(frames));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aFrameOfTheLargestMaxIsServed(Way way) {
        byte[] frame = new byte[FramesRoute.LARGEST_MAX];
        new SplittableRandom(1).nextBytes(frame);
        Answer answer = post(way, "/frames?max=" + frame.length, body(framed(List.of(frame))));
        assertThat(answer.bytes()).isEqualTo(framed(List.of(reversed(frame))));
    }

    @ParameterizedTest
    @EnumSource
    void noFramesAreAnsweredWithNone(Way way) {
        Answer answer = post(way, "/frames", Flux.empty());
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.bytes()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"101, 101", "-1, 4294967295"})
    void aFrameThatIsTooLongIsRefusedBeforeItComes(int length, String named) {
        for (Way way : Way.values()) {
            Answer answer = post(
                    way,
                    "/frames?max=100",
                    body(ByteBuffer.allocate(4).putInt(length).array()));
            assertThat(answer.status()).isEqualTo(413);
            assertThat(answer.body()).contains("max=100", "length=" + named, "four bytes");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aLongBodyIsRefusedWhileItComes(Way way) {
        Answer answer = post(way, "/frames", Bytes.pattern(5_000_000));
        assertThat(answer.status()).isEqualTo(413);
    }

    @ParameterizedTest
    @CsvSource({"3, length field", "4, frame", "13, frame"})
    void aBodyThatEndsWithinAFrameIsRefused(int bytes, String within) {
        byte[] cut = new byte[bytes];
        System.arraycopy(framed(List.of(new byte[10])), 0, cut, 0, bytes);
        for (Way way : Way.values()) {
            Answer answer = post(way, "/frames", body(cut));
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.body()).contains("end within a " + within, "cut off");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aBadFrameIsRefusedWhileNothingOfTheAnswerIsOut(Way way) {
        Answer answer = post(way, "/frames?max=100", body(framed(List.of(new byte[10], new byte[101]))));
        assertThat(answer.status()).isEqualTo(413);
    }

    @ParameterizedTest
    @EnumSource
    void aLaterBadFrameCutsTheAnswerOff(Way way) {
        Sinks.Empty<Void> begun = Sinks.empty();
        Flux<ByteBuf> body = body(framed(List.of(new byte[10])))
                .concatWith(begun.asMono().thenMany(body(framed(List.of(new byte[101])))));
        Flux<Integer> answer = server.client(way)
                .post()
                .uri("/frames?max=100")
                .send(body)
                .responseContent()
                .map(ByteBuf::readableBytes)
                .doOnNext(bytes -> begun.tryEmitEmpty());
        assertThatThrownBy(() -> answer.blockLast(PATIENCE)).hasMessageContaining("onnection"); // closed, or reset
        assertThat(begun.tryEmitEmpty()).as("it had begun").isEqualTo(Sinks.EmitResult.FAIL_TERMINATED);
    }

    @ParameterizedTest
    @CsvSource({"max=0", "max=4194305", "max=big", "mox=16"})
    void aBadParameterIsRefusedByName(String query) {
        Answer answer = post(Way.HTTP11, "/frames?" + query, Flux.empty());
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.body()).contains(query.substring(0, query.indexOf('=')));
    }

    /**
     * A transport copies what is not direct throughout, and releases it then: so a frame's length must be direct, too. Not
     * over HTTP/1.1 with TLS: what is encrypted counts as released.
     */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "TLS_HTTP11")
    void largeFramesOnTheirWayToAReaderThatStopsAreBoundedInBytes(Way way) {
        long read = reader.post(way, "/frames", largeFrames());
        int frame = Integer.BYTES + FramesRoute.DEFAULT_MAX;
        assertThat(read).isEqualTo((long) LARGE_FRAMES * frame);
        assertThat(reader.mostInFlight()).hasValueLessThanOrEqualTo((long) FramesRoute.FRAMES_AT_ONCE * frame);
    }

    private static Flux<ByteBuf> largeFrames() {
        byte[] frame = framed(List.of(new byte[FramesRoute.DEFAULT_MAX]));
        return Flux.range(0, LARGE_FRAMES).map(i -> Unpooled.wrappedBuffer(frame));
    }

    private Answer post(Way way, String uri, Flux<ByteBuf> body) {
        return Answer.post(server.client(way), uri, body);
    }

    private static Flux<ByteBuf> body(byte[] bytes) {
        return Flux.just(bytes).map(Unpooled::wrappedBuffer);
    }

    private static List<byte[]> randomFrames(SplittableRandom random) {
        List<byte[]> frames = new ArrayList<>();
        for (int i = random.nextInt(100); i >= 0; i--) {
            byte[] frame = new byte[random.nextInt(10) == 0 ? 0 : random.nextInt(5_001)];
            random.nextBytes(frame);
            frames.add(frame);
        }
        return frames;
    }

    private static byte[] framed(List<byte[]> frames) {
        ByteBuffer framed = ByteBuffer.allocate(
                frames.stream().mapToInt(frame -> 4 + frame.length).sum());
        frames.forEach(frame -> framed.putInt(frame.length).put(frame));
        return framed.array();
    }

    private static byte[] reversed(byte[] bytes) {
        byte[] reversed = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            reversed[i] = bytes[bytes.length - 1 - i];
        }
        return reversed;
    }
}
