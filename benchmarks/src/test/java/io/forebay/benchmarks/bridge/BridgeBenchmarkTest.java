package io.forebay.benchmarks.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.benchmarks.AllocatorKind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class BridgeBenchmarkTest {
    static Stream<Arguments> questions() {
        return Stream.of(
                        all(PassThroughBenchmark.Contestant.values(), pipeline -> {
                            var question = new PassThroughBenchmark();
                            question.pipeline = pipeline;
                            return question;
                        }),
                        all(AcquireBenchmark.Contestant.values(), pipeline -> {
                            var question = new AcquireBenchmark();
                            question.pipeline = pipeline;
                            return question;
                        }),
                        all(RechunkBenchmark.Contestant.values(), pipeline -> {
                            var question = new RechunkBenchmark();
                            question.pipeline = pipeline;
                            return question;
                        }),
                        all(SplitOnBenchmark.Contestant.values(), pipeline -> {
                            var question = new SplitOnBenchmark();
                            question.pipeline = pipeline;
                            return question;
                        }),
                        all(LinesBenchmark.Contestant.values(), pipeline -> {
                            var question = new LinesBenchmark();
                            question.pipeline = pipeline;
                            return question;
                        }),
                        all(LinesOfTextBenchmark.Contestant.values(), pipeline -> {
                            var question = new LinesOfTextBenchmark();
                            question.pipeline = pipeline;
                            return question;
                        }),
                        all(LengthPrefixedBenchmark.Contestant.values(), pipeline -> {
                            var question = new LengthPrefixedBenchmark();
                            question.pipeline = pipeline;
                            return question;
                        }),
                        all(AsStringBenchmark.Contestant.values(), pipeline -> {
                            var question = new AsStringBenchmark();
                            question.pipeline = pipeline;
                            return question;
                        }),
                        all(AsByteArrayBenchmark.Contestant.values(), pipeline -> {
                            var question = new AsByteArrayBenchmark();
                            question.pipeline = pipeline;
                            return question;
                        }),
                        all(LimitBytesBenchmark.Contestant.values(), pipeline -> {
                            var question = new LimitBytesBenchmark();
                            question.pipeline = pipeline;
                            return question;
                        }),
                        all(TakeBytesBenchmark.Contestant.values(), pipeline -> {
                            var question = new TakeBytesBenchmark();
                            question.pipeline = pipeline;
                            return question;
                        }),
                        all(SkipBytesBenchmark.Contestant.values(), pipeline -> {
                            var question = new SkipBytesBenchmark();
                            question.pipeline = pipeline;
                            return question;
                        }),
                        all(ToInputStreamBenchmark.Contestant.values(), pipeline -> {
                            var question = new ToInputStreamBenchmark();
                            question.pipeline = pipeline;
                            return question;
                        }),
                        all(ReadStreamBenchmark.Contestant.values(), pipeline -> {
                            var question = new ReadStreamBenchmark();
                            question.pipeline = pipeline;
                            return question;
                        }),
                        all(WriteStreamBenchmark.Contestant.values(), pipeline -> {
                            var question = new WriteStreamBenchmark();
                            question.pipeline = pipeline;
                            return question;
                        }),
                        all(AggregateBenchmark.Contestant.values(), pipeline -> {
                            var question = new AggregateBenchmark();
                            question.pipeline = pipeline;
                            return question;
                        }),
                        all(PrependLengthBenchmark.Contestant.values(), pipeline -> {
                            var question = new PrependLengthBenchmark();
                            question.pipeline = pipeline;
                            return question;
                        }),
                        all(BufferBytesBenchmark.Contestant.values(), pipeline -> {
                            var question = new BufferBytesBenchmark();
                            question.pipeline = pipeline;
                            return question;
                        }),
                        all(LimitRateBytesBenchmark.Contestant.values(), pipeline -> {
                            var question = new LimitRateBytesBenchmark();
                            question.pipeline = pipeline;
                            return question;
                        }),
                        all(MulticastBenchmark.Contestant.values(), pipeline -> {
                            var question = new MulticastBenchmark();
                            question.pipeline = pipeline;
                            return question;
                        }),
                        all(ProgressBenchmark.Contestant.values(), pipeline -> {
                            var question = new ProgressBenchmark();
                            question.pipeline = pipeline;
                            return question;
                        }),
                        all(DrainOnCancelBenchmark.Contestant.values(), pipeline -> {
                            var question = new DrainOnCancelBenchmark();
                            question.pipeline = pipeline;
                            return question;
                        }),
                        all(LeaseSinksBenchmark.Contestant.values(), pipeline -> {
                            var question = new LeaseSinksBenchmark();
                            question.pipeline = pipeline;
                            return question;
                        }))
                .flatMap(Function.identity());
    }

    private static <P> Stream<Arguments> all(P[] contestants, Function<P, BridgeBenchmark> question) {
        return Stream.of(contestants)
                .flatMap(contestant -> Stream.of(AllocatorKind.FOREBAY, AllocatorKind.ADAPTIVE)
                        .map(memory -> {
                            BridgeBenchmark asked = question.apply(contestant);
                            asked.memory = memory;
                            return Arguments.of(
                                    asked.getClass().getSimpleName() + ", " + contestant + " on " + memory, asked);
                        }));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("questions")
    void eachContestantGetsTheBytesRightAndGivesTheBuffersBack(String name, BridgeBenchmark question) {
        question.check();
        question.runAll();
        question.close(); // fails if a buffer is missing
    }

    @Test
    void aContestantThatGetsItWrongIsNotMeasured() {
        var question = new PassThroughBenchmark() {
            @Override
            List<byte[]> expected(byte[] bytes) {
                return Model.pieces(bytes, Load.BUFFER_BYTES - 1);
            }
        };
        question.pipeline = PassThroughBenchmark.Contestant.REACTOR;
        question.memory = AllocatorKind.FOREBAY;

        assertThatThrownBy(question::check).hasMessageContaining("wrong elements: 1024 of 1024000 bytes");
        question.close();
    }

    @Test
    void aBufferThatIsNotBackIsSeenWhereItsAllocatorDoesNotSay() {
        var load = new Load(Content.TEXT, new RememberingAllocator(UnpooledByteBufAllocator.DEFAULT));
        ByteBuf kept = load.buffer(0);
        load.buffer(1).release();

        assertThatThrownBy(load::requireAllBack).hasMessageContaining("1 buffers are not back");
        kept.release();
        load.close();
    }

    @ParameterizedTest
    @EnumSource
    void aBlockIsFullAndEndsWithWhatItBegan(Content content) {
        byte[] block = content.block(64 * Load.BUFFER_BYTES);

        assertThat(block).hasSize(64 * Load.BUFFER_BYTES);
        assertThat(content.block(64 * Load.BUFFER_BYTES)).isEqualTo(block);
        switch (content) {
            case LINES -> assertThat(Model.split(block, "\n")).hasSizeBetween(800, 1300);
            case CR_LF_LINES -> assertThat(Model.split(block, "\r\n")).hasSizeBetween(800, 1300);
            case FRAMES -> assertThat(Model.frames(block)).hasSizeBetween(350, 600);
            case TEXT ->
                assertThat(new String(block, java.nio.charset.StandardCharsets.UTF_8))
                        .contains("Grüße");
        }
    }
}
