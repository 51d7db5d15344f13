package io.forebay.reactor;

import static io.forebay.reactor.ByteModel.bytes;
import static io.forebay.reactor.ByteModel.programs;
import static io.forebay.reactor.ByteModel.run;
import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.reactor.ByteModel.Result;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** What files have, and the positions that are told, is what a model of arrays says, from any position on, amid what was there. */
class WriteModelTest {
    private static final Scheduler HERE = Schedulers.immediate();
    private static final int MOST_AT_ONCE = 5; // bytes that a channel takes at a call

    private final Path file;

    WriteModelTest(@TempDir Path directory) {
        file = directory.resolve("written");
    }

    /** What a file has before, and how it is written. */
    private static final class Program {
        final byte[] before;
        final long position;
        private final int mostAtOnce;

        Program(Random random) {
            before = bytes(random, 40, "xyz");
            position = random.nextInt(60);
            mostAtOnce = 1 + random.nextInt(MOST_AT_ONCE);
        }

        FileChannel open(Path file) throws IOException {
            return new ShortChannel(FileChannel.open(file, StandardOpenOption.WRITE), mostAtOnce);
        }
    }

    @Test
    void positionsInAFileThatIsReplaced() {
        programs(random -> positions(
                random,
                new Program(random),
                new byte[0],
                0,
                leases -> leases.transform(ByteFiles.writePositions(file, HERE))));
    }

    @Test
    void positionsInAFileThatIsWrittenOver() {
        programs(random -> {
            Program program = new Program(random);
            positions(
                    random,
                    program,
                    program.before,
                    0,
                    leases -> leases.transform(ByteFiles.writePositions(file, HERE, StandardOpenOption.WRITE)));
        });
    }

    @Test
    void positionsInAFileThatIsAppendedTo() {
        programs(random -> {
            Program program = new Program(random);
            positions(
                    random,
                    program,
                    program.before,
                    program.before.length,
                    leases -> leases.transform(ByteFiles.writePositions(file, HERE, StandardOpenOption.APPEND)));
        });
    }

    @Test
    void positionsInAChannel() {
        programs(random -> {
            Program program = new Program(random);
            positions(
                    random,
                    program,
                    program.before,
                    program.position,
                    leases -> Flux.using(
                            () -> program.open(file),
                            channel -> leases.transform(ByteFiles.writePositions(channel, program.position, HERE)),
                            WriteModelTest::close));
        });
    }

    @Test
    void positionsInAnAsynchronousChannel() {
        programs(random -> {
            Program program = new Program(random);
            positions(
                    random,
                    program,
                    program.before,
                    program.position,
                    leases -> Flux.using(
                            () -> new AnsweringHere(program.open(file)),
                            channel -> leases.transform(ByteFiles.writePositions(channel, program.position)),
                            WriteModelTest::close));
        });
    }

    /** The total is that of the positions' steps; which of the ways is drawn. */
    @Test
    void totals() {
        programs(random -> {
            Program program = new Program(random);
            byte[] bytes = bytes(random, 60, "abc");
            boolean isAsynchronous = random.nextBoolean();
            write(program.before);
            Function<Flux<Lease>, Flux<Long>> way = leases -> Flux.using(
                    () -> program.open(file),
                    channel -> isAsynchronous
                            ? leases.as(ByteFiles.write(new AnsweringHere(channel), program.position))
                            : leases.as(ByteFiles.write(channel, program.position, HERE)),
                    WriteModelTest::close);
            assertThat(run(random, bytes, way, total -> total))
                    .isEqualTo(new Result<>(List.of((long) bytes.length), null));
            assertThat(content()).isEqualTo(over(program.before, program.position, bytes));
        });
    }

    /**
     * @param kept what is there of the content before when the writing begins
     * @param from where it begins
     */
    private void positions(
            Random random, Program program, byte[] kept, long from, Function<Flux<Lease>, Flux<Long>> way) {
        byte[] bytes = bytes(random, 60, "abc");
        write(program.before);
        List<Long> expected = new ArrayList<>();
        long[] position = {from};
        var told = run(
                random,
                bytes,
                leases -> way.apply(leases.doOnNext(lease -> {
                    position[0] += lease.buffer().readableBytes();
                    expected.add(position[0]);
                })),
                each -> each);
        assertThat(told).isEqualTo(new Result<>(expected, null));
        assertThat(position[0]).isEqualTo(from + bytes.length);
        assertThat(content()).isEqualTo(over(kept, from, bytes));
    }

    /** Zeros come between where the bytes begin behind the end. */
    private static byte[] over(byte[] before, long position, byte[] bytes) {
        if (bytes.length == 0) {
            return before; // nothing is written, so nothing grows
        }
        int end = (int) position + bytes.length;
        byte[] content = Arrays.copyOf(before, Math.max(before.length, end));
        System.arraycopy(bytes, 0, content, (int) position, bytes.length);
        return content;
    }

    private void write(byte[] content) {
        try {
            Files.write(file, content);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private byte[] content() {
        try {
            return Files.readAllBytes(file);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static void close(AutoCloseable channel) {
        try {
            channel.close();
        } catch (Exception failure) {
            throw new AssertionError(failure);
        }
    }

    /** Writes within the call. */
    private static final class AnsweringHere extends HandlerChannel {
        private final FileChannel channel;

        AnsweringHere(FileChannel channel) {
            this.channel = channel;
        }

        @Override
        public <A> void write(
                ByteBuffer from, long position, A attachment, CompletionHandler<Integer, ? super A> handler) {
            int written;
            try {
                written = channel.write(from, position);
            } catch (IOException failure) {
                handler.failed(failure, attachment);
                return;
            }
            handler.completed(written, attachment);
        }

        @Override
        public <A> void read(
                ByteBuffer into, long position, A attachment, CompletionHandler<Integer, ? super A> handler) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long size() throws IOException {
            return channel.size();
        }

        @Override
        public boolean isOpen() {
            return channel.isOpen();
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
