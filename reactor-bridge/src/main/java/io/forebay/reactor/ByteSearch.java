package io.forebay.reactor;

import io.netty.buffer.AbstractByteBuf;
import io.netty.buffer.ByteBuf;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Looks for one byte, eight at a time. */
final class ByteSearch {
    private static final VarHandle EIGHT =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN); // the first in the lowest bits

    private static final long ONES = 0x0101_0101_0101_0101L;
    private static final long TOPS = 0x8080_8080_8080_8080L;

    private ByteSearch() {}

    /** The first place of the value, at {@code from} or after it and before {@code to}, or -1. */
    static int indexOf(byte[] bytes, int from, int to, byte value) {
        long pattern = (value & 0xFF) * ONES;
        int at = from;
        for (; at <= to - Long.BYTES; at += Long.BYTES) {
            long found = find((long) EIGHT.get(bytes, at), pattern);
            if (found != 0) {
                return at + place(found);
            }
        }
        for (; at < to; at++) {
            if (bytes[at] == value) {
                return at;
            }
        }
        return -1;
    }

    /**
     * The same in a buffer. {@link ByteBuf#indexOf} looks at what is beyond a multiple of eight first, byte by byte, so that
     * short distances of any length take it longer.
     */
    static int indexOf(ByteBuf buffer, int from, int to, byte value) {
        int last = to - Long.BYTES;
        boolean wrapped = !(buffer instanceof AbstractByteBuf); // each look would go through the wrapper
        if (wrapped || last < from) {
            return buffer.indexOf(from, to, value);
        }
        long pattern = (value & 0xFF) * ONES;
        for (int at = from; at < last; at += Long.BYTES) {
            long found = find(buffer.getLongLE(at), pattern);
            if (found != 0) {
                return at + place(found);
            }
        }
        long found = find(buffer.getLongLE(last), pattern); // some of these maybe again
        return found == 0 ? -1 : last + place(found);
    }

    /** Not 0 if the value is in there: then {@link #place} says where. */
    private static long find(long bytes, long pattern) {
        long differing = bytes ^ pattern; // 0 where the value is
        return (differing - ONES) & ~differing & TOPS; // the lowest is right, those above it may be not
    }

    private static int place(long found) {
        return Long.numberOfTrailingZeros(found) / Byte.SIZE;
    }
}
