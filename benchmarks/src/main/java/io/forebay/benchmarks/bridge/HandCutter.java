package io.forebay.benchmarks.bridge;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import reactor.core.publisher.Flux;

/** Pieces of one size, as one writes it by hand without a copy: slices, and composites of them. */
final class HandCutter {
    private final int pieceBytes;
    private final ArrayDeque<ByteBuf> waiting = new ArrayDeque<>();
    private int waitingBytes;

    HandCutter(int pieceBytes) {
        this.pieceBytes = pieceBytes;
    }

    List<ByteBuf> cut(ByteBuf buffer) {
        var pieces = new ArrayList<ByteBuf>();
        waiting.addLast(buffer);
        waitingBytes += buffer.readableBytes();
        while (waitingBytes >= pieceBytes) {
            pieces.add(take(pieceBytes));
        }
        return pieces;
    }

    Flux<ByteBuf> rest() {
        return waitingBytes == 0 ? Flux.empty() : Flux.just(take(waitingBytes));
    }

    private ByteBuf take(int bytes) {
        var parts = new ArrayList<ByteBuf>();
        int left = bytes;
        while (left > 0) {
            ByteBuf first = waiting.getFirst();
            if (first.readableBytes() > left) {
                parts.add(first.readRetainedSlice(left));
                left = 0;
            } else {
                parts.add(waiting.removeFirst());
                left -= first.readableBytes();
            }
        }
        waitingBytes -= bytes;
        return parts.size() == 1 ? parts.get(0) : Unpooled.wrappedBuffer(parts.size(), parts.toArray(new ByteBuf[0]));
    }

    void release() {
        waiting.forEach(ByteBuf::release);
        waiting.clear();
    }
}
