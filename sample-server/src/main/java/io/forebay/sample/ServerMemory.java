package io.forebay.sample;

import io.netty.buffer.ByteBufAllocator;
import java.time.Duration;

/** The allocator of one server, with what differs by kind: its meters, its end and its ledger. */
sealed interface ServerMemory permits ForebayMemory, NettyMemory {
    /** The word a user typed to have it. */
    String name();

    ByteBufAllocator allocator();

    MemoryMeters meters();

    /** What it says of itself at this moment: as much as it can, in members that have the same names for each kind. */
    Json state();

    /** The same in full, for a person. Off the event loops: it may take the allocator's locks. */
    String dump();

    /** Closes the allocator and waits until its last buffer is back, or {@code patience} has passed. */
    void close(Duration patience);

    /** What became of every buffer, in one line. */
    String ledger();
}
