package io.forebay.reactor;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.CompositeByteBuf;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.test.subscriber.TestSubscriber;

/** Random bytes, cut at random into buffers of all kinds, and run through an operator with random demand. */
final class ByteModel {
    private static final int PROGRAMS = 500;

    private ByteModel() {}

    /** Runs one random program; each has a seed of its own, which is named when it fails. */
    static void programs(Consumer<Random> program) {
        for (int seed = 0; seed < PROGRAMS; seed++) {
            try {
                program.accept(new Random(seed));
            } catch (Throwable failure) {
                throw new AssertionError("seed=" + seed, failure);
            }
        }
    }

    static byte[] bytes(Random random, int most, String alphabet) {
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

    record Result<O>(List<O> elements, @Nullable Throwable failure) {}

    /** Runs the bytes through; elements are read when they come, and then closed. */
    static <T, O> Result<O> run(
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

    static String read(Lease lease) {
        try (lease) {
            return new String(ByteBufUtil.getBytes(lease.buffer()), ISO_8859_1);
        }
    }

    static String text(byte[] bytes) {
        return new String(bytes, ISO_8859_1);
    }
}
