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

/**
 * Random bytes, cut at random into buffers of all kinds, and run through an operator with random demand, from a source that
 * is polled or requested from.
 */
final class ByteModel {
    private static final int PROGRAMS = 500;
    private static final long SPREAD = 0x9E37_79B9_7F4A_7C15L; // seeds that are neighbours draw alike at first
    private static final int MARGIN = 4;

    private ByteModel() {}

    /** Runs one random program; each has a seed of its own, which is named when it fails. */
    static void programs(Consumer<Random> program) {
        for (int seed = 0; seed < PROGRAMS; seed++) {
            try {
                program.accept(new Random(seed * SPREAD));
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

    /**
     * Runs of one byte of the fillers each, which have up to some thousands, with few bytes of the alphabet after each: what is
     * cut at those is mostly longer than what is always copied.
     */
    static byte[] runs(Random random, int most, String fillers, String alphabet) {
        StringBuilder text = new StringBuilder();
        for (int left = random.nextInt(most + 1); left > 0; left--) {
            String filler = String.valueOf(fillers.charAt(random.nextInt(fillers.length())));
            int length = random.nextInt(1 << random.nextInt(14)); // as often short as long
            text.append(filler.repeat(length)).append(text(bytes(random, 6, alphabet)));
        }
        return text.toString().getBytes(ISO_8859_1);
    }

    private static List<byte[]> cut(Random random, byte[] bytes) {
        List<byte[]> pieces = new ArrayList<>();
        int most = 1 + random.nextInt(1 + bytes.length);
        int at = 0;
        while (at < bytes.length) {
            int behind = Math.min(bytes.length, at + random.nextInt(most + 1));
            int end = random.nextBoolean() ? behind : endOfRun(random, bytes, behind);
            pieces.add(Arrays.copyOfRange(bytes, at, end));
            at = end;
        }
        return pieces;
    }

    /** A little after the next place where two bytes differ: within the delimiter that follows a run, maybe. */
    private static int endOfRun(Random random, byte[] bytes, int from) {
        int at = from;
        while (at + 1 < bytes.length && bytes[at] == bytes[at + 1]) {
            at++;
        }
        return Math.min(bytes.length, at + 1 + random.nextInt(3));
    }

    private static ByteBuf copy(Random random, Buffers buffers, byte[] bytes) {
        ByteBuf room = random.nextBoolean() ? buffers.heapBuffer(bytes.length) : buffers.directBuffer(bytes.length);
        return room.writeBytes(bytes);
    }

    /** With bytes before and behind, which are none of ours. */
    private static ByteBuf amidOthers(Random random, Buffers buffers, byte[] bytes) {
        byte[] all = new byte[bytes.length + 2 * MARGIN];
        Arrays.fill(all, (byte) -1);
        System.arraycopy(bytes, 0, all, MARGIN, bytes.length);
        return copy(random, buffers, all);
    }

    private static Lease lease(Random random, Buffers buffers, byte[] bytes) {
        return switch (random.nextInt(4)) {
            case 0 -> Lease.adopt(copy(random, buffers, bytes));
            case 1 -> {
                ByteBuf buffer = amidOthers(random, buffers, bytes);
                yield Lease.adopt(buffer.readerIndex(MARGIN).writerIndex(MARGIN + bytes.length));
            }
            case 2 -> Lease.adopt(amidOthers(random, buffers, bytes).slice(MARGIN, bytes.length));
            default -> {
                int half = bytes.length / 2;
                yield Lease.adopt(new CompositeByteBuf(
                        buffers,
                        /* direct= */ false,
                        2,
                        copy(random, buffers, Arrays.copyOf(bytes, half)),
                        copy(random, buffers, Arrays.copyOfRange(bytes, half, bytes.length))));
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
            Flux<Lease> polled = Flux.fromIterable(cut(random, bytes)).map(piece -> lease(random, buffers, piece));
            Flux<Lease> source = random.nextBoolean() ? polled : polled.hide();
            Flux<Lease> given = random.nextBoolean()
                    ? source
                    : source.map(Lease::detach).transform(Leases.adopt()); // in no lease when they come
            given.transform(operator)
                    .map(element -> {
                        elements.add(read.apply(element));
                        return (Object) 0;
                    })
                    .subscribe(subscriber);
            boolean mayWantAll = random.nextBoolean(); // at once, or after some
            while (!subscriber.isTerminated()) {
                int before = elements.size();
                long requested = mayWantAll && random.nextBoolean() ? Long.MAX_VALUE : 1 + random.nextInt(3);
                subscriber.request(requested);
                assertCame(elements.size() - before, requested, subscriber.isTerminated());
            }
        }
        return new Result<>(elements, subscriber.isTerminatedError() ? subscriber.expectTerminalError() : null);
    }

    private static void assertCame(long elements, long requested, boolean isEnd) {
        if (isEnd) {
            assertThat(elements).isLessThanOrEqualTo(requested);
        } else {
            assertThat(elements).as("came, as the source has more").isEqualTo(requested);
        }
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
