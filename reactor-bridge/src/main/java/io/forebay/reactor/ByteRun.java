package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of leases in a row: appended behind, taken in front, in whatever pieces, without a copy. Owns the leases in it.
 * For one thread at a time.
 */
final class ByteRun {
    /** Of a piece that is cut: a composite of its parts would take more of the heap than these. */
    private static final int MOST_COPIED_BYTES = 256;

    /*
     * A slice needs a reference of its own. They are taken for several slices at once, as many as the buffer before was
     * cut into, which is one update of a count in place of many; what is left over when the lease leaves the row goes back.
     * In between they are this row's, and close gives them back, too.
     */
    private final LeaseRow parts = new LeaseRow(); // none of them empty
    private long readableBytes;
    private @Nullable Lease first; // of parts
    private @Nullable ByteBuf front; // its buffer
    private int slices; // that have been cut from the front
    private int spares; // references to the front, beyond the lease's own
    private int expectedSlices;

    /** Takes the lease over; one without bytes is closed. */
    void append(Lease lease) {
        ByteBuf buffer = lease.buffer();
        int bytes = buffer.readableBytes();
        if (bytes == 0) {
            lease.close();
            return;
        }
        parts.addLast(lease);
        readableBytes += bytes;
        if (first == null) {
            first = lease;
            front = buffer;
        }
    }

    long readableBytes() {
        return readableBytes;
    }

    /** How many bytes the first lease has, 0 if there is none. */
    int firstBytes() {
        ByteBuf front = this.front;
        return front == null ? 0 : front.readableBytes();
    }

    /** There must be one. */
    private Lease first() {
        return Objects.requireNonNull(first, "first");
    }

    private Lease removeFirst() {
        returnSpares();
        Lease removed = parts.removeFirst();
        first = parts.size() == 0 ? null : parts.get(0);
        front = first == null ? null : first.bufferUnchecked();
        expectedSlices = slices;
        slices = 0;
        return removed;
    }

    private void returnSpares() {
        ByteBuf front = this.front;
        if (front != null && spares > 0) {
            int returned = spares;
            spares = 0;
            front.release(returned);
        }
    }

    /** The first lease, or if that has more than so many bytes, a slice of so many. There must be one. */
    Lease takePart(long mostBytes) {
        int first = firstBytes();
        if (first > mostBytes) {
            return takeSlice((int) mostBytes);
        }
        readableBytes -= first;
        return removeFirst();
    }

    private Lease takeSlice(int bytes) {
        Lease first = first();
        ByteBuf buffer = first.buffer();
        if (spares == 0) {
            int more = Math.max(1, expectedSlices - slices);
            buffer.retain(more);
            spares = more;
        }
        ByteBuf slice = buffer.slice(buffer.readerIndex(), bytes);
        buffer.skipBytes(bytes);
        readableBytes -= bytes;
        slices++;
        spares--; // the lease's from here
        return Lease.create(slice, first.capacityCost(), first.scope());
    }

    /** So many bytes, which there must be, as one lease: a part, or a composite of several. */
    Lease take(int bytes) {
        if (bytes == 0) {
            return Lease.adopt(Unpooled.EMPTY_BUFFER);
        }
        if (firstBytes() >= bytes) {
            return takePart(bytes);
        }
        return bytes <= MOST_COPIED_BYTES ? takeCopy(bytes) : takeJoined(bytes);
    }

    /** On the heap, and charged to nobody, as a composite would be. */
    private Lease takeCopy(int bytes) {
        ByteBuf copy = Unpooled.buffer(bytes, bytes);
        LeaseScope scope = first().scope();
        boolean taken = false;
        try {
            while (copy.isWritable()) {
                moveInto(copy);
            }
            taken = true;
        } finally {
            if (!taken) { // a lease was closed by somebody else
                copy.release();
            }
        }
        return Lease.create(copy, bytes, scope);
    }

    /** As much of the first lease as there is room for. */
    private void moveInto(ByteBuf copy) {
        ByteBuf buffer = first().buffer();
        int moved = Math.min(copy.writableBytes(), buffer.readableBytes());
        copy.writeBytes(buffer, moved);
        readableBytes -= moved;
        if (!buffer.isReadable()) {
            removeFirst().close();
        }
    }

    private Lease takeJoined(int bytes) {
        List<Lease> taken = new ArrayList<>();
        try {
            int left = bytes;
            while (left > 0) {
                Lease part = takePart(left);
                taken.add(part);
                left -= part.buffer().readableBytes();
            }
        } catch (RuntimeException failure) { // a lease was closed by somebody else
            Throwable unused = Failures.closeAll(taken, failure);
            throw failure;
        }
        return join(taken);
    }

    /** One lease for the bytes of all, which it takes over, also if this throws; it belongs to the first scope among them. */
    static Lease join(List<Lease> leases) {
        long cost = 0;
        LeaseScope scope = null;
        ByteBuf[] buffers = new ByteBuf[leases.size()];
        int detached = 0;
        try {
            for (Lease lease : leases) {
                cost += lease.capacityCost();
                scope = scope == null ? lease.scope() : scope;
                buffers[detached] = lease.detach();
                detached++;
            }
        } catch (RuntimeException failure) { // a lease was closed by somebody else
            Throwable unused = Failures.closeAll(leases, failure);
            for (int i = 0; i < detached; i++) {
                unused = Failures.close(buffers[i]::release, failure);
            }
            throw failure;
        }
        return create(buffers, (int) Math.min(cost, Integer.MAX_VALUE), scope);
    }

    private static Lease create(ByteBuf[] buffers, int cost, @Nullable LeaseScope scope) {
        ByteBuf composite = new CompositeByteBuf(
                UnpooledByteBufAllocator.DEFAULT, /* direct= */ false, Math.max(1, buffers.length), buffers);
        return Lease.create(composite, cost, scope);
    }

    /** Drops so many bytes, which there must be. */
    void skip(long bytes) {
        long left = bytes;
        while (left > 0) {
            int first = firstBytes();
            if (first > left) {
                first().buffer().skipBytes((int) left);
                readableBytes -= left;
                return;
            }
            removeFirst().close();
            readableBytes -= first;
            left -= first;
        }
    }

    private int bytesOf(int part) {
        return parts.get(part).buffer().readableBytes();
    }

    /** The byte at that place, which there must be. */
    byte byteAt(long place) {
        if (place < firstBytes()) {
            ByteBuf buffer = first().buffer();
            return buffer.getByte(buffer.readerIndex() + (int) place);
        }
        return byteAcross(place);
    }

    private byte byteAcross(long place) {
        int part = 0;
        long offset = place;
        while (offset >= bytesOf(part)) {
            offset -= bytesOf(part);
            part++;
        }
        ByteBuf buffer = parts.get(part).buffer();
        return buffer.getByte(buffer.readerIndex() + (int) offset);
    }

    /** Where the delimiter begins, at {@code from} or after it, or -1. */
    long indexOf(byte[] delimiter, long from) {
        int first = firstBytes();
        if (from >= first) {
            return indexOfAcross(delimiter, from);
        }
        ByteBuf buffer = first().buffer(); // in most cases it is there
        int begin = buffer.readerIndex();
        int at = (int) from;
        int found = buffer.bytesBefore(begin + at, first - at, delimiter[0]);
        while (found >= 0) {
            at += found;
            if (at + delimiter.length > first) {
                return indexOfAcross(delimiter, at);
            }
            if (isAt(delimiter, buffer, begin + at)) {
                return at;
            }
            at++;
            found = buffer.bytesBefore(begin + at, first - at, delimiter[0]);
        }
        return indexOfAcross(delimiter, first);
    }

    private static boolean isAt(byte[] delimiter, ByteBuf buffer, int index) {
        for (int i = 1; i < delimiter.length; i++) { // the first byte was found there
            if (buffer.getByte(index + i) != delimiter[i]) {
                return false;
            }
        }
        return true;
    }

    /**
     * The same, wherever it begins. Looks for the part from behind: who asks again after an append has looked through all but
     * the last, and the bytes may have come one by one.
     */
    private long indexOfAcross(byte[] delimiter, long from) {
        int part = parts.size();
        long begin = readableBytes; // of the part
        while (begin > from) {
            part--;
            begin -= bytesOf(part);
        }
        int offset = (int) (from - begin);
        for (; part < parts.size(); part++) {
            int found = indexIn(part, offset, delimiter);
            if (found >= 0) {
                return begin + found;
            }
            begin += bytesOf(part);
            offset = 0;
        }
        return -1;
    }

    /** Where it begins in the part, at the offset or after it, or -1. */
    private int indexIn(int part, int offset, byte[] delimiter) {
        ByteBuf buffer = parts.get(part).buffer();
        int bytes = buffer.readableBytes();
        int at = offset;
        while (at < bytes) {
            int before = buffer.bytesBefore(buffer.readerIndex() + at, bytes - at, delimiter[0]);
            if (before < 0) {
                return -1;
            }
            at += before;
            if (isAt(delimiter, part, at)) {
                return at;
            }
            at++;
        }
        return -1;
    }

    private boolean isAt(byte[] delimiter, int part, int offset) {
        int in = part;
        int at = offset;
        for (byte expected : delimiter) {
            if (in < parts.size() && at == bytesOf(in)) {
                in++;
                at = 0;
            }
            if (in == parts.size()) {
                return false;
            }
            ByteBuf buffer = parts.get(in).buffer();
            if (buffer.getByte(buffer.readerIndex() + at) != expected) {
                return false;
            }
            at++;
        }
        return true;
    }

    /** Takes an unsigned big-endian number of so many bytes, which there must be. */
    long takeNumber(int bytes) {
        return firstBytes() > bytes ? takeNumberOfFirst(bytes) : takeNumberAcross(bytes);
    }

    /** The first lease has more than that, so it stays. */
    private long takeNumberOfFirst(int bytes) {
        ByteBuf first = first().buffer();
        int index = first.readerIndex();
        long number = 0;
        for (int i = 0; i < bytes; i++) {
            number = (number << 8) | first.getUnsignedByte(index + i);
        }
        first.readerIndex(index + bytes);
        readableBytes -= bytes;
        return number;
    }

    private long takeNumberAcross(int bytes) {
        long number = 0;
        for (int i = 0; i < bytes; i++) {
            ByteBuf first = first().buffer();
            number = (number << 8) | first.getUnsignedByte(first.readerIndex());
            skip(1);
        }
        return number;
    }

    /** Closes all, also where one cannot be closed; then throws what that threw. */
    void close() {
        Throwable failure = Failures.close(this::returnSpares, /* before= */ null);
        first = null;
        front = null;
        readableBytes = 0;
        Failures.throwIfAny(parts.closeAll(failure));
    }
}
