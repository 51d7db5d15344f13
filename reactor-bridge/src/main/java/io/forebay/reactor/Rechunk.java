package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** Pieces of one size; the last may be shorter. */
final class Rechunk implements Reframer<Lease> {
    /*
     * What comes is in the run, where pieces are taken from it. But if a piece is cut and of small parts, which its second part
     * tells, it is filled: what there is, and what comes, is copied, and closed at once. There is nothing in the run then,
     * until it is full.
     *
     * Buffers that are in no lease need none in that way, not even where a piece ends within one: the rest of it begins the next.
     */
    private final int bytes;
    private final ByteRun run = new ByteRun();
    private @Nullable ByteBuf full; // comes before that which is filled
    private @Nullable ByteBuf filled; // comes before the run
    private @Nullable LeaseScope scope; // the first among those in filled
    private boolean finished;

    Rechunk(int bytes) {
        this.bytes = bytes;
    }

    @Override
    public void feed(Lease lease) {
        ByteBuf piece = filled;
        if (piece == null && run.isOnePart()) {
            piece = begin(lease);
        }
        if (piece != null && piece.isWritable()) {
            fill(piece, lease);
        } else {
            run.append(lease);
        }
    }

    @Override
    public void feed(ByteBuf buffer) {
        ByteBuf piece = filled;
        if (piece == null || !fill(piece, buffer)) {
            Reframer.super.feed(buffer);
        }
    }

    /** Whether it was copied, and released. If this throws, it was released. */
    private boolean fill(ByteBuf piece, ByteBuf buffer) {
        int index = buffer.readerIndex();
        int partBytes = buffer.readableBytes();
        int moved = Math.min(partBytes, piece.writableBytes());
        ByteBuf next = null;
        if (moved < partBytes) {
            next = isRestFilled(partBytes, moved) ? JoinedPieces.roomLike(buffer, bytes) : null;
            if (next == null) {
                return false;
            }
            full = piece;
            filled = next;
        }
        try {
            piece.writeBytes(buffer, index, moved);
            if (next != null) {
                next.writeBytes(buffer, index + moved, partBytes - moved);
            }
        } finally {
            buffer.release();
        }
        return true;
    }

    /** Whether what is left of the part begins a piece that is filled: of small parts, and there is room in the order. */
    private boolean isRestFilled(int partBytes, int moved) {
        return moved > 0
                && full == null
                && partBytes - moved < bytes
                && JoinedPieces.isCopied(bytes, partBytes, /* parts= */ 1);
    }

    /** A piece with what is in the run, if it is to be filled and the lease will not do for it. */
    private @Nullable ByteBuf begin(Lease second) {
        long known = run.readableBytes() + second.buffer().readableBytes();
        if (known >= bytes || !JoinedPieces.isCopied(bytes, known, /* parts= */ 2)) {
            return null;
        }
        ByteBuf piece = run.roomLikeFirst(bytes);
        filled = piece;
        if (piece != null) {
            run.moveAll(piece);
        }
        return piece;
    }

    private void fill(ByteBuf piece, Lease lease) {
        ByteBuf part = lease.buffer();
        scope = scope == null ? lease.scope() : scope;
        int partBytes = part.readableBytes();
        int moved = Math.min(partBytes, piece.writableBytes());
        piece.writeBytes(part, part.readerIndex(), moved);
        if (moved == partBytes) {
            lease.close();
        } else {
            run.append(lease);
            run.skip(moved);
        }
    }

    @Override
    public void finish() {
        finished = true;
    }

    @Override
    public boolean hasNext() {
        ByteBuf piece = filled;
        if (piece != null) {
            return finished || full != null || !piece.isWritable();
        }
        return run.readableBytes() >= bytes || (finished && run.readableBytes() > 0);
    }

    @Override
    public Lease next() {
        ByteBuf whole = full;
        if (whole != null) {
            full = null;
            return Lease.adopt(whole); // of buffers that were in no lease, so in no scope
        }
        ByteBuf piece = filled;
        if (piece != null) {
            LeaseScope scope = this.scope;
            this.scope = null;
            filled = null;
            return Lease.create(piece, piece.capacity(), scope);
        }
        return run.take((int) Math.min(bytes, run.readableBytes()));
    }

    @Override
    public void close() {
        Throwable failure = release(full, release(filled, /* before= */ null));
        full = null;
        filled = null;
        Failures.throwIfAny(Failures.close(run::close, failure));
    }

    private static @Nullable Throwable release(@Nullable ByteBuf piece, @Nullable Throwable before) {
        return piece == null ? before : Failures.close(piece::release, before);
    }
}
