package io.forebay.netty.contract;

import io.netty.buffer.ByteBuf;
import java.util.Random;

/** Content for buffers, reproducible from a seed. */
final class Bytes {
    private Bytes() {}

    static byte[] random(long seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /** The bytes 0, 1, 2, ... */
    static byte[] ascending(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) i;
        }
        return bytes;
    }

    static byte[] get(ByteBuf buf, int index, int length) {
        byte[] bytes = new byte[length];
        buf.getBytes(index, bytes);
        return bytes;
    }

    static byte[] readable(ByteBuf buf) {
        return get(buf, buf.readerIndex(), buf.readableBytes());
    }
}
