package io.forebay.netty.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.netty.ForebayAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.util.internal.PlatformDependent;
import org.junit.jupiter.api.Test;

/** The contract, and what {@link ForebayAllocator} says of itself on top of it. */
final class ForebayAllocatorContractTest extends AllocatorContract {
    ForebayAllocatorContractTest() {
        super(ForebayAllocator.create());
    }

    @Override
    String typeName() {
        return "ForebayAllocator";
    }

    @Test
    void directBuffersArePooled() {
        assertThat(allocator().isDirectBufferPooled()).isTrue();
    }

    @Test
    void directMemoryIsPreferred() {
        runAndRelease(
                allocator().buffer(100),
                buf -> assertThat(buf.isDirect()).isEqualTo(PlatformDependent.canReliabilyFreeDirectBuffers()));
    }

    @Test
    void theBooksBalanceWhileBuffersAreOut() {
        ByteBuf small = allocator().directBuffer(100);
        ByteBuf huge = allocator().directBuffer(SizeContract.MAX_POOLED + 1);
        ByteBuf heap = allocator().heapBuffer(5000);
        LedgerCheck.assertBalanced(allocator());
        var metric = ((ForebayAllocator) allocator()).metric();
        assertThat(metric.direct().inUse()).isEqualTo(2);
        assertThat(metric.direct().inUseBytes()).isGreaterThan(SizeContract.MAX_POOLED + 100L);
        assertThat(metric.heap().inUse()).isEqualTo(1);
        assertThat(metric.heap().inUseBytes()).isGreaterThanOrEqualTo(5000);
        small.writeZero(100_000);
        LedgerCheck.assertBalanced(allocator());
        assertThat(metric.direct().inUse()).as("a buffer that grows stays one").isEqualTo(2);
        small.release();
        huge.release();
        heap.release();
    }
}
