package io.forebay.netty.contract;

import static java.nio.file.StandardOpenOption.DELETE_ON_CLOSE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.GatheringByteChannel;
import java.nio.channels.ScatteringByteChannel;
import java.nio.file.Files;
import java.util.Arrays;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Streams, channels and files. */
interface ChannelContract extends ContractSubject {
    byte[] STREAMED = Bytes.random(71, CAPACITY);

    private static FileChannel newFile() throws IOException {
        return FileChannel.open(Files.createTempFile("forebay", ".bin"), READ, WRITE, DELETE_ON_CLOSE);
    }

    @EveryKind(except = {})
    default void contentGoesToStreams(BufferKind kind) {
        withContent(kind, STREAMED, buf -> {
            var out = new ByteArrayOutputStream();
            assertThat(buf.getBytes(20, out, 100)).isSameAs(buf);
            assertThat(out.toByteArray()).isEqualTo(Arrays.copyOfRange(STREAMED, 20, 120));
            assertThat(buf.readerIndex()).isZero();
            out.reset();
            assertThat(buf.readBytes(out, CAPACITY)).isSameAs(buf);
            assertThat(out.toByteArray()).isEqualTo(STREAMED);
            assertThat(buf.isReadable()).isFalse();
            assertOutOfBounds(() -> buf.getBytes(1, out, CAPACITY));
            assertThatThrownBy(() -> buf.readBytes(out, 1)).isInstanceOf(IndexOutOfBoundsException.class);
        });
    }

    @EveryKind
    default void contentComesFromStreams(BufferKind kind) {
        withEmpty(kind, buf -> {
            InputStream in = new ByteArrayInputStream(STREAMED);
            assertThat(buf.setBytes(10, in, 100)).isEqualTo(100);
            assertThat(buf.writerIndex()).isZero();
            assertThat(Bytes.get(buf, 10, 100)).isEqualTo(Arrays.copyOf(STREAMED, 100));
            assertThat(buf.writeBytes(in, 250)).as("all that is left").isEqualTo(200);
            assertThat(buf.writerIndex()).isEqualTo(200);
            assertThat(Bytes.readable(buf)).isEqualTo(Arrays.copyOfRange(STREAMED, 100, 300));
            assertThat(buf.setBytes(0, in, 10)).as("end of stream").isEqualTo(-1);
            assertThat(buf.writeBytes(in, 10)).as("end of stream").isEqualTo(-1);
            assertThat(buf.writerIndex()).isEqualTo(200);
            InputStream more = new ByteArrayInputStream(new byte[2 * CAPACITY]);
            assertOutOfBounds(() -> buf.setBytes(1, more, CAPACITY));
        });
    }

    @EveryKind(except = {})
    default void contentGoesToChannels(BufferKind kind) {
        withContent(kind, STREAMED, buf -> {
            try (FileChannel file = newFile()) {
                GatheringByteChannel channel = file;
                assertThat(buf.getBytes(250, channel, 50)).isEqualTo(50);
                assertThat(buf.readerIndex()).isZero();
                assertThat(buf.readBytes(channel, 100)).isEqualTo(100);
                assertThat(buf.readerIndex()).isEqualTo(100);
                assertThat(file.position()).isEqualTo(150);
                assertThat(readAll(file)).startsWith(Arrays.copyOfRange(STREAMED, 250, 300));
                assertThat(readAll(file)).endsWith(Arrays.copyOf(STREAMED, 100));
                assertOutOfBounds(() -> buf.getBytes(1, channel, CAPACITY));
            }
        });
    }

    @EveryKind(except = {})
    default void contentGoesToAPositionInAFile(BufferKind kind) {
        withContent(kind, STREAMED, buf -> {
            try (FileChannel file = newFile()) {
                assertThat(buf.getBytes(0, file, 10L, 20)).isEqualTo(20);
                assertThat(buf.readBytes(file, 30L, 40)).isEqualTo(40);
                assertThat(buf.readerIndex()).isEqualTo(40);
                assertThat(file.position()).as("untouched").isZero();
                byte[] written = readAll(file);
                assertThat(written).hasSize(70);
                assertThat(Arrays.copyOfRange(written, 10, 30)).isEqualTo(Arrays.copyOf(STREAMED, 20));
                assertThat(Arrays.copyOfRange(written, 30, 70)).isEqualTo(Arrays.copyOf(STREAMED, 40));
            }
        });
    }

    @EveryKind
    default void contentComesFromChannels(BufferKind kind) {
        withEmpty(kind, buf -> {
            try (FileChannel file = newFile()) {
                ScatteringByteChannel channel = file;
                file.write(ByteBuffer.wrap(STREAMED));
                file.position(0);
                assertThat(buf.setBytes(5, channel, 100)).isEqualTo(100);
                assertThat(Bytes.get(buf, 5, 100)).isEqualTo(Arrays.copyOf(STREAMED, 100));
                assertThat(buf.writerIndex()).isZero();
                assertThat(buf.writeBytes(channel, 250)).isEqualTo(200);
                assertThat(Bytes.readable(buf)).isEqualTo(Arrays.copyOfRange(STREAMED, 100, 300));
                assertThat(buf.writeBytes(channel, 10)).as("end of file").isEqualTo(-1);
                assertThat(buf.writerIndex()).isEqualTo(200);
                assertOutOfBounds(() -> buf.setBytes(1, channel, CAPACITY));
            }
        });
    }

    @EveryKind
    default void contentComesFromAPositionInAFile(BufferKind kind) {
        withEmpty(kind, buf -> {
            try (FileChannel file = newFile()) {
                file.write(ByteBuffer.wrap(STREAMED));
                assertThat(buf.setBytes(7, file, 50L, 20)).isEqualTo(20);
                assertThat(Bytes.get(buf, 7, 20)).isEqualTo(Arrays.copyOfRange(STREAMED, 50, 70));
                assertThat(buf.writeBytes(file, 280L, 100)).isEqualTo(20);
                assertThat(Bytes.readable(buf)).isEqualTo(Arrays.copyOfRange(STREAMED, 280, 300));
                assertThat(buf.writeBytes(file, 300L, 100)).as("end of file").isEqualTo(-1);
                assertThat(file.position()).as("untouched").isEqualTo(CAPACITY);
            }
        });
    }

    /** Netty's buffers turn it into the end of the channel when they read from it. */
    @EveryKind
    default void aClosedChannelIsAnErrorToWriteAndAnEndToRead(BufferKind kind) {
        withContent(kind, STREAMED, buf -> {
            FileChannel file = newFile();
            file.close();
            ScatteringByteChannel in = file;
            GatheringByteChannel out = file;
            assertThat(buf.setBytes(0, in, 10)).isEqualTo(-1);
            assertThat(buf.setBytes(0, file, 0L, 10)).isEqualTo(-1);
            assertThatThrownBy(() -> buf.getBytes(0, out, 10)).isInstanceOf(ClosedChannelException.class);
            assertThatThrownBy(() -> buf.readBytes(file, 0L, 10)).isInstanceOf(ClosedChannelException.class);
            assertThat(buf.readerIndex()).isZero();
        });
    }

    @EveryKind
    default void transfersOfNothingDoNothing(BufferKind kind) {
        withEmpty(kind, buf -> {
            try (FileChannel file = newFile()) {
                GatheringByteChannel out = file;
                assertThat(buf.getBytes(0, out, 0)).isZero();
                assertThat(buf.readBytes(out, 0)).isZero();
                assertThat(buf.readBytes(file, 0L, 0)).isZero();
                ByteBuf same = buf.readBytes(new ByteArrayOutputStream(), 0);
                assertThat(same).isSameAs(buf);
            }
        });
    }

    /** Unpooled buffers of Netty leave the check to the JDK, which calls the argument illegal. */
    private static void assertOutOfBounds(ThrowingCallable action) {
        assertThatThrownBy(action).isInstanceOfAny(IndexOutOfBoundsException.class, IllegalArgumentException.class);
    }

    private static byte[] readAll(FileChannel file) throws IOException {
        var content = ByteBuffer.allocate((int) file.size());
        int read = file.read(content, 0);
        return Arrays.copyOf(content.array(), read);
    }
}
