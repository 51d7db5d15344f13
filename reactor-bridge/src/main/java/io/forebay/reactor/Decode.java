package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;

/** Text of bytes: characters that are cut between two leases are put together; what is malformed is replaced. */
final class Decode implements Reframer<String> {
    private static final ByteBuffer NONE = ByteBuffer.allocate(0);
    private static final int ROOM = 256; // chars beyond the expected, so that few decodes need a second round

    private final boolean isUtf8;
    private final CharsetDecoder decoder;
    private final ArrayDeque<Lease> leases = new ArrayDeque<>();
    private ByteBuffer cut = NONE; // the begin of a character
    private String next = "";
    private boolean finished;
    private boolean flushed;

    Decode(Charset charset) {
        isUtf8 = charset.equals(StandardCharsets.UTF_8);
        decoder = charset.newDecoder()
                .onMalformedInput(CodingErrorAction.REPLACE)
                .onUnmappableCharacter(CodingErrorAction.REPLACE);
    }

    @Override
    public void feed(Lease lease) {
        leases.addLast(lease);
    }

    @Override
    public void finish() {
        finished = true;
    }

    @Override
    public boolean hasNext() {
        while (next.isEmpty() && !leases.isEmpty()) {
            try (Lease lease = leases.removeFirst()) {
                ByteBuf bytes = lease.buffer();
                next = isUtf8 && !cut.hasRemaining()
                        ? decodeUtf8(bytes)
                        : decode(bytes.nioBuffer(), /* isLast= */ false);
            }
        }
        if (next.isEmpty() && finished && !flushed) {
            flushed = true;
            next = decode(NONE, /* isLast= */ true);
        }
        return !next.isEmpty();
    }

    /** With nothing of before: by the JDK's own way to strings, which is faster than its decoder. */
    private String decodeUtf8(ByteBuf bytes) {
        int whole = bytes.readableBytes() - cutUtf8Bytes(bytes);
        int index = bytes.readerIndex();
        cut = whole == bytes.readableBytes()
                ? NONE
                : joined(bytes.nioBuffer(index + whole, bytes.readableBytes() - whole), NONE);
        return bytes.toString(index, whole, StandardCharsets.UTF_8);
    }

    /** How many bytes at the end begin a character that may go on. What is malformed ends before any first byte. */
    private static int cutUtf8Bytes(ByteBuf bytes) {
        int end = bytes.writerIndex();
        for (int back = 1; back <= Math.min(3, bytes.readableBytes()); back++) {
            int value = bytes.getByte(end - back);
            if ((value & 0xC0) != 0x80) { // no continuation
                return utf8Bytes(value) > back ? back : 0;
            }
        }
        return 0;
    }

    /** How many bytes a character has, by its first. */
    private static int utf8Bytes(int first) {
        if ((first & 0xF8) == 0xF0) {
            return 4;
        }
        if ((first & 0xF0) == 0xE0) {
            return 3;
        }
        return (first & 0xE0) == 0xC0 ? 2 : 1;
    }

    private String decode(ByteBuffer bytes, boolean isLast) {
        ByteBuffer in = cut.hasRemaining() ? joined(cut, bytes) : bytes;
        CharBuffer out = CharBuffer.allocate((int) (in.remaining() * decoder.averageCharsPerByte()) + ROOM);
        CoderResult result = decoder.decode(in, out, isLast);
        while (result.isOverflow()) {
            out = larger(out);
            result = decoder.decode(in, out, isLast);
        }
        if (isLast) {
            CoderResult flush = decoder.flush(out);
            while (flush.isOverflow()) {
                out = larger(out);
                flush = decoder.flush(out);
            }
        }
        cut = joined(in, NONE); // a copy: the lease ends
        return out.flip().toString();
    }

    private static CharBuffer larger(CharBuffer full) {
        return CharBuffer.allocate(2 * full.capacity()).put(full.flip());
    }

    private static ByteBuffer joined(ByteBuffer first, ByteBuffer second) {
        return ByteBuffer.allocate(first.remaining() + second.remaining())
                .put(first)
                .put(second)
                .flip();
    }

    @Override
    public String next() {
        String next = this.next;
        this.next = "";
        return next;
    }

    @Override
    public void close() {
        Throwable failure = Failures.closeAll(leases, /* before= */ null);
        leases.clear();
        next = "";
        Failures.throwIfAny(failure);
    }
}
