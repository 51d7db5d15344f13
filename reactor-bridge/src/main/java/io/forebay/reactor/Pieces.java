package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import java.util.function.Function;

/** A reframer whose next piece may be had in other ways than as a lease, where that would end at once: it is dearer. */
interface Pieces extends Reframer<Lease> {
    /** In place of {@link #next}: what the function makes of the piece, which is lent to it; if it throws, the piece is gone. */
    <R> R lendNext(Function<? super ByteBuf, ? extends R> use);

    /** In place of {@link #next}: the piece with a reference that is the caller's. */
    ByteBuf detachNext();
}
