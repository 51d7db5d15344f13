package io.forebay.reactor;

import java.util.Objects;
import java.util.function.Function;

/** One element out for each piece of another reframer, which is always hungry; in most cases without a lease of the piece. */
final class EachPiece<O> implements Reframer<O> {
    private final Reframer<Lease> pieces;
    private final Function<? super Pieces, ? extends O> useNext;
    private final Function<? super Lease, ? extends O> use;

    /**
     * @param useNext takes the next piece, if the reframer has other ways for that than leases
     * @param use has the lease, also if it throws
     */
    EachPiece(
            Reframer<Lease> pieces,
            Function<? super Pieces, ? extends O> useNext,
            Function<? super Lease, ? extends O> use) {
        this.pieces = pieces;
        this.useNext = useNext;
        this.use = use;
    }

    @Override
    public void feed(Lease lease) {
        pieces.feed(lease);
    }

    @Override
    public void finish() {
        pieces.finish();
    }

    @Override
    public boolean hasNext() {
        return pieces.hasNext();
    }

    @Override
    public O next() {
        O next = pieces instanceof Pieces ways ? useNext.apply(ways) : use.apply(pieces.next());
        return Objects.requireNonNull(next, "the function returned null");
    }

    @Override
    public boolean isSatisfied() {
        return pieces.isSatisfied();
    }

    @Override
    public void close() {
        pieces.close();
    }
}
