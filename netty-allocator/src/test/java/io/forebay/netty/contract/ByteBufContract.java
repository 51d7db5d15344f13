package io.forebay.netty.contract;

import io.netty.buffer.ByteBufAllocator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/**
 * All that {@link io.netty.buffer.ByteBuf} promises, asked of every {@link BufferKind} of one allocator. The allocator
 * serves all tests of a class, so that most of them work on buffers which others have used.
 */
@TestInstance(Lifecycle.PER_CLASS)
abstract class ByteBufContract
        implements IndexContract,
                PrimitiveContract,
                BulkContract,
                TransferContract,
                ChannelContract,
                TextContract,
                SearchContract,
                ComparisonContract,
                DiscardContract,
                CapacityContract,
                ViewContract,
                ReadOnlyContract,
                NioContract,
                LifeCycleContract,
                AfterReleaseContract,
                HandOffContract {
    private final ByteBufAllocator allocator;
    private final ByteBufAllocator books;

    ByteBufContract(ByteBufAllocator allocator) {
        this(allocator, allocator);
    }

    /** The contract of a view: the books are kept by what it is a view of. */
    ByteBufContract(ByteBufAllocator allocator, ByteBufAllocator books) {
        this.allocator = allocator;
        this.books = books;
    }

    @Override
    public final ByteBufAllocator allocator() {
        return allocator;
    }

    @AfterEach
    final void everyBufferIsBack() {
        LedgerCheck.assertClean(books);
    }

    @AfterAll
    final void nothingIsLeftAfterClose() throws Exception {
        LedgerCheck.assertCleanAfterClose(books);
        afterClose();
    }

    /** For what must outlive the allocator. */
    void afterClose() {}
}
