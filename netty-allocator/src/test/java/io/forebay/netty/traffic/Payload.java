package io.forebay.netty.traffic;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.Random;

/** Pseudo-random bytes, cut into pieces of odd sizes in buffers of every make. */
final class Payload {
    private static final int[] ODD_SIZES = {
        1, 3, 17, 127, 255, 257, 1_000, 1_023, 4_095, 4_097, 8_191, 16_384 + 5, 33_333, 65_537
    };

    private final byte[] bytes;
    private final Random random;
    private int position;

    private Payload(byte[] bytes, long seed) {
        this.bytes = bytes;
        this.random = new Random(seed);
    }

    /** The bytes of a seed. */
    static byte[] bytes(long seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /** The given bytes, cut differently for each seed. */
    static Payload of(byte[] bytes, long seed) {
        return new Payload(bytes, seed);
    }

    boolean isSpent() {
        return position == bytes.length;
    }

    int position() {
        return position;
    }

    /** The next piece, in a buffer the caller owns. */
    ByteBuf next(ByteBufAllocator alloc) {
        int size = Math.min(ODD_SIZES[random.nextInt(ODD_SIZES.length)], bytes.length - position);
        int from = position;
        position += size;
        return switch (random.nextInt(7)) {
            case 0 -> alloc.directBuffer(size).writeBytes(bytes, from, size);
            case 1 -> alloc.heapBuffer(size).writeBytes(bytes, from, size);
            case 2 -> grown(alloc, from, size);
            case 3 -> composite(alloc, from, size);
            case 4 -> sliceOfLarger(alloc, from, size);
            case 5 -> compacted(alloc, from, size);
            case 6 -> Unpooled.wrappedBuffer(bytes, from, size); // not ours: an I/O write copies it into ours
            default -> throw new IllegalStateException("no such make");
        };
    }

    private ByteBuf grown(ByteBufAllocator alloc, int from, int size) {
        int first = size / 3;
        return alloc.buffer(1).writeBytes(bytes, from, first).writeBytes(bytes, from + first, size - first);
    }

    private ByteBuf composite(ByteBufAllocator alloc, int from, int size) {
        int first = size / 2;
        return alloc.compositeBuffer()
                .addComponent(true, alloc.heapBuffer().writeBytes(bytes, from, first))
                .addComponent(true, alloc.directBuffer().writeBytes(bytes, from + first, size - first));
    }

    private ByteBuf sliceOfLarger(ByteBufAllocator alloc, int from, int size) {
        ByteBuf larger = alloc.ioBuffer(size + 9).writeLong(from).writeBytes(bytes, from, size);
        ByteBuf slice = larger.retainedSlice(Long.BYTES, size);
        larger.release();
        return slice;
    }

    private ByteBuf compacted(ByteBufAllocator alloc, int from, int size) {
        ByteBuf buffer = alloc.buffer(size + Long.BYTES).writeLong(from).writeBytes(bytes, from, size);
        return buffer.skipBytes(Long.BYTES).discardReadBytes();
    }
}
