package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of leases in a row: appended behind, taken in front, in whatever pieces, without a copy where that is not dearer.
 * Owns the leases in it. For one thread at a time.
 */
final class ByteRun {
    /*
     * Slices of the front share a reference to it, beside the lease's own; what nobody got of that goes back when the lease
     * leaves the row.
     *
     * Where the front begins is kept here, and set in the buffer when that leaves as it is.
     */
    private final LeaseRow parts = new LeaseRow(); // none of them empty
    private long behindBytes; // of all parts but the first
    private int begin; // of what is left of the first part, which is the front
    private int end; // of the front
    private @Nullable SharedReference shared; // of the front's slices
    private int seats; // of that, which slices have got

    /** Takes the lease over; one without bytes is closed. */
    void append(Lease lease) {
        ByteBuf buffer = lease.buffer();
        int bytes = buffer.readableBytes();
        if (bytes == 0) {
            lease.close();
            return;
        }
        parts.addLast(lease);
        if (parts.size() == 1) {
            lookAt(buffer);
        } else {
            behindBytes += bytes;
        }
    }

    private void lookAt(ByteBuf front) {
        begin = front.readerIndex();
        end = front.writerIndex();
    }

    long readableBytes() {
        return firstBytes() + behindBytes;
    }

    /** How many bytes the first lease has left, 0 if there is none. */
    int firstBytes() {
        return end - begin;
    }

    boolean isOnePart() {
        return parts.size() == 1;
    }

    /** {@link JoinedPieces#roomLike} the first lease, which there must be; null also if it is a scope's, as room is in no scope. */
    @Nullable
    ByteBuf roomLikeFirst(int bytes) {
        Lease first = first();
        return first.scope() == null ? JoinedPieces.roomLike(first.buffer(), bytes) : null;
    }

    /** All there are, for which there must be room. */
    void moveAll(ByteBuf copy) {
        while (firstBytes() > 0) {
            moveInto(copy);
        }
    }

    /** There must be one. */
    private Lease first() {
        return Objects.requireNonNull(parts.peekFirst(), "first");
    }

    private Lease removeFirst() {
        leaveShared();
        Lease removed = parts.removeFirst();
        Lease first = parts.peekFirst();
        if (first == null) {
            begin = end;
        } else {
            lookAt(first.bufferUnchecked());
            behindBytes -= firstBytes();
        }
        return removed;
    }

    private void leaveShared() {
        SharedReference left = shared;
        if (left != null) {
            shared = null;
            left.leaveFrom(seats);
        }
    }

    /** The first lease, or if that has more than so many bytes, a slice of so many. There must be one. */
    Lease takePart(long mostBytes) {
        return firstBytes() > mostBytes
                ? takeSlice((int) mostBytes)
                : takeWhole().letOut();
    }

    private Lease takeWhole() {
        setFrontsReader();
        return removeFirst();
    }

    private void setFrontsReader() {
        Lease first = first();
        if (first.bufferUnchecked().readerIndex() != begin) {
            first.buffer().readerIndex(begin);
        }
    }

    private Lease takeSlice(int bytes) {
        Lease first = first();
        ByteBuf slice = first.buffer().slice(begin, bytes);
        SharedReference shared = this.shared;
        if (shared == null || seats == SharedReference.SEATS) {
            shared = share(first);
        }
        begin += bytes;
        int seat = seats;
        seats++;
        return Lease.create(slice, first.capacityCost(), shared, seat);
    }

    private SharedReference share(Lease first) {
        SharedReference next = new SharedReference(first.buffer().retain(), first.scope(), SharedReference.SEATS);
        shared = next;
        seats = 0;
        return next;
    }

    /** So many bytes, which there must be, as one lease: a part, a copy, or a composite of several. */
    Lease take(int bytes) {
        if (bytes == 0) {
            return Lease.adopt(Unpooled.EMPTY_BUFFER);
        }
        return firstBytes() >= bytes ? takePart(bytes) : takeAcross(bytes);
    }

    /** As {@link #take(int)}; then so many are dropped, which there must be, too. */
    Lease take(int bytes, int dropped) {
        if (isWithinFirst(bytes, dropped)) {
            Lease taken = takeSlice(bytes);
            begin += dropped;
            return taken;
        }
        Lease taken = take(bytes);
        boolean isDropped = false;
        try {
            skip(dropped);
            isDropped = true;
        } finally {
            if (!isDropped) { // a lease could not be closed
                taken.close();
            }
        }
        return taken;
    }

    /** Whether that is so, and the first lease has more. */
    private boolean isWithinFirst(int bytes, int dropped) {
        return bytes > 0 && (long) bytes + dropped < firstBytes();
    }

    /** As {@link #take(int, int)}, but only lent to the function: where it is within a lease, there is none of its own. */
    <R> R lend(int bytes, int dropped, Function<? super ByteBuf, ? extends R> use) {
        if (isWithinFirst(bytes, dropped)) {
            ByteBuf lent = first().buffer().slice(begin, bytes);
            begin += bytes + dropped;
            return use.apply(lent);
        }
        try (Lease lent = take(bytes, dropped)) {
            return use.apply(lent.buffer());
        }
    }

    /** As {@link #take(int, int)}, with a reference that is the caller's in place of a lease. */
    ByteBuf detach(int bytes, int dropped) {
        if (isWithinFirst(bytes, dropped)) {
            ByteBuf detached = detachSlice(bytes);
            begin += dropped;
            return detached;
        }
        return take(bytes, dropped).detach();
    }

    private ByteBuf detachSlice(int bytes) {
        ByteBuf detached = first().buffer().slice(begin, bytes).retain();
        begin += bytes;
        return detached;
    }

    private Lease takeAcross(int bytes) {
        boolean isAll = bytes == readableBytes();
        int count = isAll ? parts.size() : partsWith(bytes);
        ByteBuf room = JoinedPieces.roomFor(first().buffer(), bytes, count);
        if (room != null) {
            return takeCopy(room);
        }
        return isAll ? takeAllJoined() : takeJoined(bytes, count);
    }

    /** How many parts have so many bytes together. */
    private int partsWith(int bytes) {
        int count = 1;
        long found = firstBytes();
        while (found < bytes) {
            found += bytesOf(count);
            count++;
        }
        return count;
    }

    /** Fills the buffer, which it takes over. */
    private Lease takeCopy(ByteBuf copy) {
        LeaseScope scope = null;
        boolean taken = false;
        try {
            while (copy.isWritable()) {
                scope = scope == null ? first().scope() : scope;
                moveInto(copy);
            }
            taken = true;
        } finally {
            if (!taken) { // a lease was closed by somebody else
                copy.release();
            }
        }
        return Lease.create(copy, copy.capacity(), scope);
    }

    /** As much of the first lease as there is room for. */
    private void moveInto(ByteBuf copy) {
        ByteBuf buffer = first().buffer();
        int moved = Math.min(copy.writableBytes(), firstBytes());
        copy.writeBytes(buffer, begin, moved);
        begin += moved;
        if (begin == end) {
            removeFirst().close();
        }
    }

    /** In one go: none is cut, so none but the front is looked at. */
    private Lease takeAllJoined() {
        setFrontsReader();
        leaveShared();
        begin = end;
        behindBytes = 0;
        return JoinedPieces.join(parts.removeAll());
    }

    private Lease takeJoined(int bytes, int count) {
        ByteBuf[] taken = new ByteBuf[count];
        int detached = 0;
        long cost = 0;
        LeaseScope scope = null;
        try {
            long left = bytes;
            while (detached < count) {
                Lease part = first();
                cost += part.capacityCost();
                scope = scope == null ? part.scope() : scope;
                taken[detached] = detachPart(left);
                left -= taken[detached].readableBytes();
                detached++;
            }
        } catch (RuntimeException failure) { // a lease was closed by somebody else
            JoinedPieces.release(taken, detached, failure);
            throw failure;
        }
        return JoinedPieces.join(taken, cost, scope);
    }

    private ByteBuf detachPart(long mostBytes) {
        return firstBytes() > mostBytes
                ? detachSlice((int) mostBytes)
                : takeWhole().detach();
    }

    /** Drops so many bytes, which there must be. */
    void skip(long bytes) {
        long left = bytes;
        while (left > 0) {
            int first = firstBytes();
            if (first > left) {
                begin += (int) left;
                return;
            }
            removeFirst().close();
            left -= first;
        }
    }

    private int bytesOf(int part) {
        return part == 0 ? firstBytes() : parts.get(part).buffer().readableBytes();
    }

    private byte byteOf(int part, int offset) {
        ByteBuf buffer = parts.get(part).buffer();
        return buffer.getByte(beginOf(part, buffer) + offset);
    }

    private int beginOf(int part, ByteBuf buffer) {
        return part == 0 ? begin : buffer.readerIndex();
    }

    /** The byte at that place, which there must be. */
    byte byteAt(long place) {
        return place < firstBytes() ? first().buffer().getByte(begin + (int) place) : byteAcross(place);
    }

    private byte byteAcross(long place) {
        int part = 0;
        long offset = place;
        while (offset >= bytesOf(part)) {
            offset -= bytesOf(part);
            part++;
        }
        return byteOf(part, (int) offset);
    }

    /** Where the delimiter begins, at {@code from} or after it, or -1. */
    long indexOf(byte[] delimiter, long from) {
        int first = firstBytes();
        if (from >= first) {
            return indexOfAcross(delimiter, from);
        }
        ByteBuf buffer = first().buffer(); // in most cases it is there
        int found = ByteSearch.indexOf(buffer, begin + (int) from, end, delimiter[0]);
        while (found >= 0) {
            if (found + delimiter.length > end) {
                return indexOfAcross(delimiter, (long) found - begin);
            }
            if (isAt(delimiter, buffer, found)) {
                return (long) found - begin;
            }
            found = ByteSearch.indexOf(buffer, found + 1, end, delimiter[0]);
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
        long begin = readableBytes(); // of the part
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
        int begin = beginOf(part, buffer);
        int found = ByteSearch.indexOf(buffer, begin + offset, buffer.writerIndex(), delimiter[0]);
        while (found >= 0 && !isAt(delimiter, part, found - begin)) {
            found = ByteSearch.indexOf(buffer, found + 1, buffer.writerIndex(), delimiter[0]);
        }
        return found < 0 ? -1 : found - begin;
    }

    private boolean isAt(byte[] delimiter, int part, int offset) {
        int in = part;
        int at = offset;
        for (byte expected : delimiter) {
            if (in < parts.size() && at == bytesOf(in)) {
                in++;
                at = 0;
            }
            if (in == parts.size() || byteOf(in, at) != expected) {
                return false;
            }
            at++;
        }
        return true;
    }

    /** Takes an unsigned big-endian number of so many bytes, which there must be. */
    long takeNumber(int bytes) {
        if (firstBytes() <= bytes) {
            return takeNumberAcross(bytes);
        }
        ByteBuf first = first().buffer(); // has more than that, so it stays
        int index = begin;
        begin += bytes;
        return switch (bytes) {
            case 1 -> first.getUnsignedByte(index);
            case 2 -> first.getUnsignedShort(index);
            case 4 -> first.getUnsignedInt(index);
            case 8 -> first.getLong(index);
            default -> numberAt(first, index, bytes);
        };
    }

    private static long numberAt(ByteBuf buffer, int index, int bytes) {
        long number = 0;
        for (int i = 0; i < bytes; i++) {
            number = (number << 8) | buffer.getUnsignedByte(index + i);
        }
        return number;
    }

    private long takeNumberAcross(int bytes) {
        long number = 0;
        for (int i = 0; i < bytes; i++) {
            number = (number << 8) | (byteAt(0) & 0xFF);
            skip(1);
        }
        return number;
    }

    /** Closes all, also where one cannot be closed; then throws what that threw. */
    void close() {
        Throwable failure = Failures.close(this::leaveShared, /* before= */ null);
        begin = 0;
        end = 0;
        behindBytes = 0;
        Failures.throwIfAny(parts.closeAll(failure));
    }
}
