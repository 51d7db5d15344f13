package io.forebay.reactor;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.util.ArrayDeque;

/** Text of bytes: characters that are cut between two leases are put together; what is malformed is replaced. */
final class Decode implements Reframer<String> {
    private static final int ROOM = 256; // chars beyond the expected, so that few decodes need a second round

    private final CharsetDecoder decoder;
    private final ArrayDeque<Lease> leases = new ArrayDeque<>();
    private ByteBuffer cut = ByteBuffer.allocate(0); // the begin of a character
    private String next = "";
    private boolean finished;
    private boolean flushed;

    Decode(Charset charset) {
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
                next = decode(lease.buffer().nioBuffer(), /* isLast= */ false);
            }
        }
        if (next.isEmpty() && finished && !flushed) {
            flushed = true;
            next = decode(ByteBuffer.allocate(0), /* isLast= */ true);
        }
        return !next.isEmpty();
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
        cut = joined(in, ByteBuffer.allocate(0)); // a copy: the lease ends
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
        leases.forEach(Lease::close);
        leases.clear();
        next = "";
    }
}
