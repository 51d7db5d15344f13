package io.forebay.sample;

import io.forebay.netty.ForebayAllocator;
import io.forebay.netty.MemoryStats;
import io.netty.buffer.ByteBufAllocator;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/** A {@link ForebayAllocator} and its ledger. */
record ForebayMemory(ForebayAllocator forebay) implements ServerMemory {
    private static final Logger LOG = LoggerFactory.getLogger(ForebayMemory.class);

    @Override
    public String name() {
        return AllocatorKind.FOREBAY.toString();
    }

    @Override
    public ByteBufAllocator allocator() {
        return forebay;
    }

    @Override
    public MemoryMeters meters() {
        return new ForebayMeters(forebay);
    }

    @Override
    public Json state() {
        return ForebayState.of(forebay.metric());
    }

    @Override
    public String dump() {
        return forebay.dump();
    }

    @Override
    public void close(Duration patience) {
        forebay.close();
        Mono.fromCompletionStage(forebay.termination())
                .timeout(patience)
                .onErrorResume(failure -> {
                    LOG.warn("still out {} ms after the end: {}", patience.toMillis(), forebay.outstanding(), failure);
                    return Mono.empty();
                })
                .block();
    }

    @Override
    public String ledger() {
        MemoryStats direct = forebay.metric().direct();
        MemoryStats heap = forebay.metric().heap();
        return "ledger: created=" + (direct.created() + heap.created())
                + " destroyed=" + (direct.destroyed() + heap.destroyed())
                + " in-use=" + (direct.inUse() + heap.inUse())
                + " leaked=" + (direct.leaked() + heap.leaked());
    }
}
