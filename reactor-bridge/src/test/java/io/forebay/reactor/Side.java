package io.forebay.reactor;

import static io.forebay.reactor.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.netty.ForebayAllocator;
import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBufAllocator;
import java.util.concurrent.TimeoutException;
import reactor.netty.Connection;

/**
 * One end of a connection: all its memory, the channel's own, too, comes from here, and is counted by what it occupies when it is
 * allocated, grows, and is released for the last time.
 */
final class Side {
    private final ForebayAllocator allocator = ForebayAllocator.create();
    private final MemoryBudget occupied;
    private final ByteBufAllocator counted;

    Side(String name) {
        occupied = MemoryBudget.create(name, Long.MAX_VALUE);
        counted = allocator.withBudget(occupied);
    }

    ByteBufAllocator allocator() {
        return counted;
    }

    /** Also to a stream of HTTP/2, which takes no options of the connection it is of. */
    void gives(Connection connection) {
        connection.channel().config().setAllocator(counted);
    }

    long peak() {
        return occupied.peak();
    }

    void allIsBack() {
        await().untilAsserted(() ->
                assertThat(occupied.used()).as(allocator::outstanding).isZero());
        allocator.close();
        try {
            allocator.awaitTermination(Patience.LIMIT);
        } catch (InterruptedException | TimeoutException left) {
            throw new AssertionError(left);
        }
    }
}
