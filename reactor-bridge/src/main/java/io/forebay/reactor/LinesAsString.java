package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import java.nio.charset.Charset;

/** Lines as strings: the bytes are copied into an array, where lines are found and decoded; none needs a lease or a view. */
final class LinesAsString implements Reframer<String> {
    /** At a time: so many stay in the cache, and a large element makes no large array. */
    private static final int MOST_MOVED_BYTES = 8 << 10;

    private static final int MOST_ROOM = Integer.MAX_VALUE - 8; // what the JDK takes for the longest array
    private static final byte[] NO_ROOM = {};
    private static final int UNKNOWN = -1;

    private final int maxLineBytes;
    private final Charset charset;
    private final LeaseRow leases = new LeaseRow();
    private byte[] room = NO_ROOM;
    private int begin; // of the next line
    private int scanned; // from begin to here there is no LF
    private int end; // of what is in the room
    private int lineEnd = UNKNOWN; // where the next LF is
    private boolean finished;

    LinesAsString(int maxLineBytes, Charset charset) {
        this.maxLineBytes = maxLineBytes;
        this.charset = charset;
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
        while (lineEnd == UNKNOWN) {
            lineEnd = ByteSearch.indexOf(room, scanned, end, (byte) '\n');
            if (lineEnd == UNKNOWN) {
                scanned = end;
                requireWithinLimit(withoutReturn(end) - begin);
                if (!moveIn()) {
                    return finished && end > begin;
                }
            }
        }
        return true;
    }

    private void requireWithinLimit(int bytes) {
        if (bytes > maxLineBytes) {
            throw new ByteLimitExceededException("linesAsString", maxLineBytes, bytes);
        }
    }

    /** Bytes of the first lease, if there is one. */
    private boolean moveIn() {
        Lease first = leases.peekFirst();
        if (first == null) {
            return false;
        }
        ByteBuf bytes = first.buffer();
        int moved = Math.min(bytes.readableBytes(), MOST_MOVED_BYTES);
        makeRoom(moved);
        bytes.readBytes(room, end, moved);
        end += moved;
        if (!bytes.isReadable()) {
            leases.removeFirst().close();
        }
        return true;
    }

    /** Behind what is there, which goes to the front if need be. */
    private void makeRoom(int bytes) {
        if (bytes <= room.length - end) {
            return;
        }
        int kept = end - begin;
        byte[] next = (long) kept + bytes <= room.length ? room : new byte[roomFor((long) kept + bytes)];
        System.arraycopy(room, begin, next, 0, kept);
        room = next;
        scanned -= begin;
        begin = 0;
        end = kept;
    }

    private int roomFor(long bytes) {
        return (int) Math.min(Math.max(bytes, 2L * room.length), MOST_ROOM);
    }

    @Override
    public String next() {
        boolean isEnded = lineEnd != UNKNOWN;
        int end = isEnded ? lineEnd : this.end;
        int textEnd = withoutReturn(end);
        requireWithinLimit(textEnd - begin);
        String line = new String(room, begin, textEnd - begin, charset);
        begin = isEnded ? end + 1 : end;
        scanned = begin;
        lineEnd = UNKNOWN;
        return line;
    }

    /** Where a line that ends there ends, or before its CR. */
    private int withoutReturn(int end) {
        return end > begin && room[end - 1] == '\r' ? end - 1 : end;
    }

    @Override
    public void close() {
        room = NO_ROOM;
        begin = 0;
        scanned = 0;
        end = 0;
        lineEnd = UNKNOWN;
        Failures.throwIfAny(leases.closeAll(/* before= */ null));
    }
}
