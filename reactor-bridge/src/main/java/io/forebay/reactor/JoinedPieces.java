package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Pieces that are cut across several leases: what is copied, into what, and what is joined to a composite. */
final class JoinedPieces {
    /** Of a piece that is cut: a composite of its parts would take more of the heap than these. */
    private static final int MOST_ALWAYS_COPIED_BYTES = 256;

    /** Likewise, if its parts have no more than {@link #MOST_PART_BYTES} on average: the memory is held twice meanwhile. */
    private static final int MOST_COPIED_BYTES = 16 << 10;

    private static final int MOST_PART_BYTES = 2 << 10; // a copy of as many takes as long as a component of a composite

    private JoinedPieces() {}

    /** Whether so many bytes of so many parts are copied, if there is room. */
    private static boolean isCopied(int bytes, int parts) {
        return isCopied(bytes, bytes, parts);
    }

    /** Likewise, if no more than so many of the bytes are known, of so many parts. */
    static boolean isCopied(int bytes, long known, int parts) {
        return bytes <= MOST_COPIED_BYTES && known <= (long) parts * MOST_PART_BYTES;
    }

    /** Where a piece of so many parts, the sample the first of them, is to be copied to; null if they are to be joined. */
    static @Nullable ByteBuf roomFor(ByteBuf sample, int bytes, int parts) {
        ByteBuf room = isCopied(bytes, parts) ? roomLike(sample, bytes) : null;
        return room == null && bytes <= MOST_ALWAYS_COPIED_BYTES ? Unpooled.buffer(bytes, bytes) : room;
    }

    /**
     * Memory of the kind and the allocator of the sample; null if there is none, as that is closed or at its limit, or if somebody
     * counts on the sample's own memory being held: a budget, {@code limitRateBytes}, or whoever gave a composite.
     */
    static @Nullable ByteBuf roomLike(ByteBuf sample, int bytes) {
        for (ByteBuf at = sample; at != null; at = at.unwrap()) {
            if (at instanceof TrackedBuf || at instanceof CompositeByteBuf) {
                return null;
            }
        }
        try {
            return sample.isDirect()
                    ? sample.alloc().directBuffer(bytes, bytes)
                    : sample.alloc().heapBuffer(bytes, bytes);
        } catch (IllegalStateException | OutOfMemoryError closedOrAtItsLimit) { // what is there has to do
            return null;
        }
    }

    /** One lease for the bytes of all, which it takes over, also if this throws; it belongs to the first scope among them. */
    static Lease join(List<Lease> leases) {
        long cost = 0;
        LeaseScope scope = null;
        ByteBuf[] buffers = new ByteBuf[leases.size()];
        int detached = 0;
        try {
            for (Lease lease : leases) {
                cost += lease.capacityCost();
                scope = scope == null ? lease.scope() : scope;
                buffers[detached] = lease.detach();
                detached++;
            }
        } catch (RuntimeException failure) { // a lease was closed by somebody else
            Throwable unused = Failures.closeAll(leases, failure);
            release(buffers, detached, failure);
            throw failure;
        }
        return join(buffers, cost, scope);
    }

    /** Likewise, of parts that cost so much. */
    static Lease join(ByteBuf[] buffers, long cost, @Nullable LeaseScope scope) {
        ByteBuf composite = new CompositeByteBuf(
                UnpooledByteBufAllocator.DEFAULT, /* direct= */ false, Math.max(1, buffers.length), buffers);
        return Lease.create(composite, (int) Math.min(cost, Integer.MAX_VALUE), scope);
    }

    static void release(ByteBuf[] buffers, int count, Throwable failure) {
        for (int i = 0; i < count; i++) {
            Throwable unused = Failures.close(buffers[i]::release, failure);
        }
    }
}
