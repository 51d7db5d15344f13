package io.forebay.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Buffers filled from streams that have little at a time, and buffers that outlive their allocator's close. */
class StreamsTest {
    private final ForebayAllocator allocator =
            ForebayAllocator.builder().maxMemory(1 << 20).build();

    @AfterEach
    void nothingIsLeft() throws Exception {
        allocator.close();
        allocator.awaitTermination(Duration.ofSeconds(60));
    }

    private ByteBuf buffer(boolean direct, int bytes) {
        return direct ? allocator.directBuffer(bytes) : allocator.heapBuffer(bytes);
    }

    /** Answers one read with so many bytes; a second one would wait, or fails. */
    private static final class Once extends InputStream {
        private final int bytes;
        private final int available;
        private boolean isAnswered;

        Once(int bytes, int available) {
            this.bytes = bytes;
            this.available = available;
        }

        @Override
        public int read() {
            throw new UnsupportedOperationException();
        }

        @Override
        public int available() {
            return available;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            if (isAnswered) {
                throw new IOException("timed out");
            }
            isAnswered = true;
            int read = Math.min(bytes, length);
            for (int i = 0; i < read; i++) {
                into[offset + i] = (byte) i;
            }
            return read;
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aReadWaitsForNoMoreThanTheFirstBytes(boolean direct) throws IOException {
        ByteBuf buf = buffer(direct, 100);
        assertThat(buf.writeBytes(new Once(3, 0), 100)).isEqualTo(3);
        assertThat(buf.writerIndex()).isEqualTo(3);
        assertThat(buf.getByte(2)).isEqualTo((byte) 2);
        assertThat(buf.writeBytes(new Once(0, 0), 50)).isZero();
        buf.release();
    }

    @Test
    void whatWasReadBeforeAFailureIsThere() throws IOException {
        ByteBuf buf = buffer(/* direct= */ true, 20_000);
        assertThat(buf.writeBytes(new Once(Integer.MAX_VALUE, /* available= */ 1), 20_000))
                .isPositive();
        assertThat(buf.getByte(buf.writerIndex() - 1)).isEqualTo((byte) (buf.writerIndex() - 1));
        Once failing = new Once(1, 0);
        assertThat(failing.read(new byte[1], 0, 1)).isEqualTo(1);
        assertThatThrownBy(() -> buf.writeBytes(failing, 10)).isInstanceOf(IOException.class);
        buf.release();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatIsThereAtOnceIsReadWhole(boolean direct) throws IOException {
        ByteBuf buf = buffer(direct, 100_000);
        InputStream all = new ByteArrayInputStream(new byte[90_000]);
        assertThat(buf.writeBytes(all, 100_000)).isEqualTo(90_000);
        assertThat(buf.writeBytes(all, 10_000)).isEqualTo(-1);
        assertThat(buf.writeBytes(new ByteArrayInputStream(new byte[10]), 0)).isZero();
        buf.release();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aBufferInUseIsReadAndFilledAfterTheClose(boolean direct) throws IOException {
        ByteBuf buf = buffer(direct, 16).writeLong(0x0102030405060708L);
        allocator.close();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        buf.readBytes(out, 8);
        assertThat(out.toByteArray()).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
        assertThat(buf.writeBytes(new ByteArrayInputStream(new byte[] {9}), 8)).isEqualTo(1);
        assertThat(buf.getByte(8)).isEqualTo((byte) 9);
        buf.release();
    }

    @Test
    void likewiseAtTheLimit() throws IOException {
        ByteBuf buf = buffer(/* direct= */ true, 1 << 20).writeLong(1);
        assertThatThrownBy(() -> allocator.heapBuffer(16)).isInstanceOf(MemoryLimitError.class);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        buf.readBytes(out, 8);
        assertThat(out.toByteArray()).containsExactly(0, 0, 0, 0, 0, 0, 0, 1);
        buf.release();
    }
}
