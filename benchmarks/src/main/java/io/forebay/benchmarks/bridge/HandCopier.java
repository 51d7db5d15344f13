package io.forebay.benchmarks.bridge;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/** Pieces of one size, as one writes it by hand with a copy: each in a buffer of its own. */
final class HandCopier {
    private final ByteBufAllocator allocator;
    private final int pieceBytes;
    private @Nullable ByteBuf piece;

    HandCopier(ByteBufAllocator allocator, int pieceBytes) {
        this.allocator = allocator;
        this.pieceBytes = pieceBytes;
    }

    List<ByteBuf> cut(ByteBuf buffer) {
        var pieces = new ArrayList<ByteBuf>();
        while (buffer.isReadable()) {
            ByteBuf piece = this.piece == null ? allocator.directBuffer(pieceBytes, pieceBytes) : this.piece;
            this.piece = piece;
            piece.writeBytes(buffer, Math.min(piece.writableBytes(), buffer.readableBytes()));
            if (!piece.isWritable()) {
                pieces.add(piece);
                this.piece = null;
            }
        }
        buffer.release();
        return pieces;
    }

    Flux<ByteBuf> rest() {
        ByteBuf piece = this.piece;
        this.piece = null;
        return piece == null ? Flux.empty() : Flux.just(piece);
    }

    void release() {
        if (piece != null) {
            piece.release();
            piece = null;
        }
    }
}
