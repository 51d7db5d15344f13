package io.forebay.benchmarks.bridge;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Frames as one writes it by hand: what is left of a buffer gets the next one's bytes, then slices are cut from it. */
final class HandDecoder {
    private static final int LENGTH_FIELD_BYTES = Content.LENGTH_FIELD_BYTES;

    private final ByteBufAllocator allocator;
    private final Function<ByteBuf, @Nullable ByteBuf> next;
    private ByteBuf left = Unpooled.EMPTY_BUFFER;

    /** @param next cuts a frame, if there is a whole one */
    HandDecoder(ByteBufAllocator allocator, Function<ByteBuf, @Nullable ByteBuf> next) {
        this.allocator = allocator;
        this.next = next;
    }

    List<ByteBuf> decode(ByteBuf buffer) {
        ByteBuf in = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(allocator, left, buffer);
        var frames = new ArrayList<ByteBuf>();
        ByteBuf frame = next.apply(in);
        while (frame != null) {
            frames.add(frame);
            frame = next.apply(in);
        }
        left = in;
        return frames;
    }

    void release() {
        left.release();
    }

    /** A line without its LF. */
    static @Nullable ByteBuf line(ByteBuf in) {
        int bytes = in.bytesBefore((byte) '\n');
        if (bytes < 0) {
            return null;
        }
        ByteBuf line = in.readRetainedSlice(bytes);
        in.skipBytes(1);
        return line;
    }

    /** A frame without its length. */
    static @Nullable ByteBuf frame(ByteBuf in) {
        if (in.readableBytes() < LENGTH_FIELD_BYTES) {
            return null;
        }
        int bytes = in.getInt(in.readerIndex());
        if (in.readableBytes() < LENGTH_FIELD_BYTES + bytes) {
            return null;
        }
        in.skipBytes(LENGTH_FIELD_BYTES);
        return in.readRetainedSlice(bytes);
    }
}
