package io.forebay.netty.contract;

import io.netty.buffer.ByteBuf;

/** Content that betrays a buffer whose memory is another's too: it differs with the owner and with the position. */
final class Pattern {
    private static final long MIX = 0x9E3779B97F4A7C15L; // the golden ratio, which spreads neighbouring numbers

    private Pattern() {}

    /** Fills the first bytes of the buffer and sets its writer index behind them. */
    static ByteBuf write(ByteBuf buf, long owner, int length) {
        int tail = length & -Long.BYTES;
        for (int i = 0; i < tail; i += Long.BYTES) {
            buf.setLongLE(i, at(owner, i));
        }
        for (int i = tail; i < length; i++) {
            buf.setByte(i, byteAt(owner, i));
        }
        return buf.setIndex(0, length);
    }

    /** Asserts that the first bytes are those that were written for the owner, of whatever length then. */
    static void verify(ByteBuf buf, long owner, int length) {
        int tail = length & -Long.BYTES;
        for (int i = 0; i < tail; i += Long.BYTES) {
            check(buf, owner, i, buf.getLongLE(i), at(owner, i));
        }
        for (int i = tail; i < length; i++) {
            check(buf, owner, i, buf.getByte(i), byteAt(owner, i));
        }
    }

    private static byte byteAt(long owner, int index) {
        return (byte) (at(owner, index & -Long.BYTES) >>> (8 * (index & 7)));
    }

    private static void check(ByteBuf buf, long owner, int index, long actual, long expected) {
        if (actual != expected) {
            throw new AssertionError("overwritten: owner=" + owner + " index=" + index + " expected="
                    + Long.toHexString(expected) + " actual=" + Long.toHexString(actual) + " in " + buf);
        }
    }

    private static long at(long owner, int index) {
        return ((owner + 1) * MIX) ^ (((index + 1) * MIX) >>> 7);
    }
}
