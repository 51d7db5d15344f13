package io.forebay.benchmarks.bridge;

import io.forebay.reactor.Lease;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import org.springframework.core.io.buffer.NettyDataBuffer;
import reactor.core.CoreSubscriber;

/**
 * The consumer, the same for all: wants everything, looks at the last byte of each element, or of each in a list, releases
 * it. In a fork it meets elements of one kind only.
 */
final class Drain implements CoreSubscriber<Object> {
    private long seen;
    private boolean completed;
    private @Nullable Throwable failure;
    private @Nullable List<byte[]> kept;

    /** Keeps copies of what comes until {@link #kept} is called. */
    void keep() {
        kept = new ArrayList<>();
    }

    List<byte[]> kept() {
        List<byte[]> kept = this.kept == null ? List.of() : this.kept;
        this.kept = null;
        return kept;
    }

    /** Something that depends on all elements since the last call, which must have ended without an error. */
    long result() {
        if (!completed || failure != null) {
            throw new IllegalStateException("the pipeline failed, or did not end at once", failure);
        }
        completed = false;
        return seen;
    }

    @Override
    public void onSubscribe(Subscription s) {
        s.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(Object element) {
        if (kept != null) {
            kept.add(copy(element));
        }
        seen += look(element);
    }

    @Override
    public void onError(Throwable failure) {
        this.failure = failure;
    }

    @Override
    public void onComplete() {
        completed = true;
    }

    /** Takes an element that lies in an array of which the caller keeps the rest. */
    void write(byte[] bytes, int offset, int length) {
        if (kept != null) {
            kept.add(Arrays.copyOfRange(bytes, offset, offset + length));
        }
        seen += length == 0 ? 0 : bytes[offset + length - 1];
    }

    /** Takes a number that is told beside the elements. */
    void count(long number) {
        if (kept != null) {
            kept.add(Model.number(number));
        }
        seen += number;
    }

    /** What is written to it at once is an element. */
    OutputStream stream() {
        return new OutputStream() {
            @Override
            public void write(int oneByte) {
                Drain.this.write(new byte[] {(byte) oneByte}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) {
                Drain.this.write(bytes, offset, length);
            }
        };
    }

    private static int look(Object element) {
        if (element instanceof ByteBuf buffer) {
            int last = last(buffer);
            buffer.release();
            return last;
        }
        if (element instanceof NettyDataBuffer buffer) {
            int last = buffer.readableByteCount() == 0 ? 0 : buffer.getByte(buffer.writePosition() - 1);
            buffer.release();
            return last;
        }
        if (element instanceof Lease lease) {
            int last = last(lease.buffer());
            lease.close();
            return last;
        }
        if (element instanceof String text) {
            return text.isEmpty() ? 0 : text.charAt(text.length() - 1);
        }
        if (element instanceof List<?> list) {
            return lookAtAll(list);
        }
        byte[] bytes = (byte[]) element;
        return bytes.length == 0 ? 0 : bytes[bytes.length - 1];
    }

    private static int lookAtAll(List<?> elements) {
        int all = 0;
        for (Object element : elements) {
            all += look(element);
        }
        return all;
    }

    private static int last(ByteBuf buffer) {
        return buffer.isReadable() ? buffer.getByte(buffer.writerIndex() - 1) : 0;
    }

    private static byte[] copy(Object element) {
        if (element instanceof ByteBuf buffer) {
            return ByteBufUtil.getBytes(buffer);
        }
        if (element instanceof NettyDataBuffer buffer) {
            return ByteBufUtil.getBytes(buffer.getNativeBuffer());
        }
        if (element instanceof Lease lease) {
            return ByteBufUtil.getBytes(lease.buffer());
        }
        if (element instanceof String text) {
            return text.getBytes(StandardCharsets.UTF_8);
        }
        if (element instanceof List<?> list) {
            return copyOfAll(list);
        }
        return ((byte[]) element).clone();
    }

    private static byte[] copyOfAll(List<?> elements) {
        var all = new ByteArrayOutputStream();
        elements.forEach(element -> all.writeBytes(copy(element)));
        return all.toByteArray();
    }
}
