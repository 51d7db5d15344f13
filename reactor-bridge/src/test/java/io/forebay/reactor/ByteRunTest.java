package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.netty.ForebayAllocator;
import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.IllegalReferenceCountException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ByteRunTest {
    private final Buffers buffers = new Buffers();
    private final ByteRun run = new ByteRun();

    @AfterEach
    void nothingLeaked() {
        run.close();
        buffers.close();
    }

    private void append(int... partBytes) {
        for (int bytes : partBytes) {
            run.append(buffers.lease(new byte[bytes]));
        }
    }

    @Test
    void isARowOfBytesHoweverTheyAreCut() {
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            ArrayDeque<Byte> model = new ArrayDeque<>();
            for (int step = 0; step < 30; step++) {
                if (random.nextBoolean()) {
                    byte[] bytes = new byte[random.nextInt(500)];
                    random.nextBytes(bytes);
                    run.append(buffers.lease(bytes));
                    for (byte value : bytes) {
                        model.addLast(value);
                    }
                } else {
                    takeSome(random, model);
                }
                assertThat(run.readableBytes()).isEqualTo(model.size());
            }
            run.close();
            buffers.check();
        }
    }

    private void takeSome(Random random, ArrayDeque<Byte> model) {
        int bytes = random.nextInt(Math.min(800, model.size()) + 1);
        if (random.nextInt(4) == 0) {
            run.skip(bytes);
            for (int i = 0; i < bytes; i++) {
                model.removeFirst();
            }
            return;
        }
        if (bytes > 0) {
            assertThat(run.byteAt(bytes - 1L))
                    .isEqualTo(model.stream().skip(bytes - 1L).findFirst().orElseThrow());
        }
        try (Lease taken = run.take(bytes)) {
            for (byte value : ByteBufUtil.getBytes(taken.buffer())) {
                assertThat(value).isEqualTo(model.removeFirst());
            }
        }
    }

    @Test
    void aSmallPieceThatIsCutIsCopiedAndKeepsNoOtherMemory() {
        append(100, 100);
        run.skip(50);
        try (Lease taken = run.take(100)) {
            assertThat(taken.capacityCost()).isEqualTo(100);
            assertThat(taken.buffer().alloc()).isSameAs(buffers);
            assertThat(buffers.open()).isEqualTo(2); // the copy, and the buffer of which 50 bytes are left
        }
    }

    @Test
    void aPieceOfManySmallPartsIsCopiedAndKeepsNoOtherMemory() {
        append(1000, 1000, 1000);
        try (Lease taken = run.take(2500)) {
            assertThat(taken.capacityCost()).isEqualTo(2500);
            assertThat(taken.buffer().isContiguous()).isTrue();
            assertThat(buffers.open()).isEqualTo(2);
        }
    }

    @Test
    void aPieceOfLargePartsIsACompositeThatKeepsAllItIsMadeOf() {
        append(3000, 3000);
        run.skip(50);
        try (Lease taken = run.take(5000)) {
            assertThat(taken.buffer()).isInstanceOf(CompositeByteBuf.class);
            assertThat(taken.capacityCost()).isEqualTo(6000);
        }
    }

    @Test
    void aLargePieceIsACompositeHoweverSmallItsParts() {
        for (int part = 0; part < 17; part++) {
            append(1000);
        }
        try (Lease taken = run.take(17_000)) {
            assertThat(taken.buffer()).isInstanceOf(CompositeByteBuf.class);
        }
    }

    /** Its memory is held until the last reference is released, and somebody counts on that. */
    @Test
    void whatIsChargedOrCountedOrJoinedIsCopiedToTheHeapIfSmallAndNotAtAllIfLarge() {
        MemoryBudget budget = MemoryBudget.create("test", 10_000);
        List<Supplier<Lease>> makers = List.of(
                () -> charged(budget),
                () -> Lease.adopt(charged(budget).detach().slice()),
                () -> Lease.adopt(WatchedBuf.wrap(buffers.of(new byte[300]), () -> {})),
                () -> Lease.adopt(new CompositeByteBuf(buffers, false, 2, buffers.of(new byte[300]))));
        for (Supplier<Lease> maker : makers) {
            run.append(maker.get());
            run.append(maker.get());
            run.skip(250);
            int made = buffers.made();
            try (Lease small = run.take(100)) {
                assertThat(small.capacityCost()).isEqualTo(100);
            }
            run.append(maker.get());
            made++;
            try (Lease large = run.take(300)) {
                assertThat(large.buffer()).isInstanceOf(CompositeByteBuf.class);
            }
            run.close();
            assertThat(buffers.made()).isEqualTo(made);
        }
        assertThat(budget.used()).isZero();
    }

    private Lease charged(MemoryBudget budget) {
        boolean charged = budget.tryReserve(300);
        assertThat(charged).isTrue();
        Lease lease = new LeaseSource(buffers, budget).take(300, /* scope= */ null);
        lease.buffer().writeZero(300);
        return lease;
    }

    @Test
    void whereTheAllocatorHasNoMemoryACompositeIsMade() {
        append(1000, 1000, 100, 100);
        buffers.refuse();
        try (Lease joined = run.take(2000)) {
            assertThat(joined.buffer()).isInstanceOf(CompositeByteBuf.class);
        }
        try (Lease copied = run.take(200)) {
            assertThat(copied.buffer().alloc()).isNotSameAs(buffers);
        }
    }

    @Test
    void likewiseWhereTheAllocatorIsClosed() {
        ForebayAllocator allocator = ForebayAllocator.create();
        for (int bytes : new int[] {1000, 1000, 100, 100}) {
            run.append(Lease.adopt(allocator.directBuffer(bytes).writeZero(bytes)));
        }
        allocator.close();
        try (Lease joined = run.take(2000)) {
            assertThat(joined.buffer()).isInstanceOf(CompositeByteBuf.class);
        }
        try (Lease copied = run.take(200)) {
            assertThat(copied.buffer().alloc()).isNotSameAs(allocator);
        }
        assertThat(allocator.metric().direct().inUse()).isZero();
    }

    @Test
    void slicesOfOneBufferAreReleasedEachOnceAndTheRestWithTheRun() {
        for (int slices : new int[] {1, SharedReference.SEATS, 2 * SharedReference.SEATS + 1}) {
            append(100);
            for (int slice = 0; slice < slices; slice++) {
                run.take(1).close();
            }
            assertThat(buffers.open()).isEqualTo(1);
            run.skip(run.readableBytes());
            assertThat(buffers.open()).isZero();
        }
        append(10);
        Lease kept = run.take(1);
        run.close();
        assertThat(buffers.open()).isEqualTo(1);
        kept.close();
    }

    @Test
    void ofALeaseThatSomebodyClosedNothingIsTakenAndNothingIsLost() {
        for (int partBytes : new int[] {10, 300}) { // a copy, a composite
            append(partBytes);
            Lease closed = buffers.lease(new byte[partBytes]);
            run.append(closed);
            append(partBytes);
            run.take(1).close();
            closed.close();
            assertThatThrownBy(() -> run.take(3 * partBytes - 1)).isInstanceOf(IllegalStateException.class);
            run.close();
            assertThat(buffers.open()).isZero();
        }
    }

    @Test
    void aSliceOfALeaseThatSomebodyClosedIsRefused() {
        Lease closed = buffers.lease(new byte[10]);
        run.append(closed);
        run.take(1).close();
        closed.close();
        assertThatThrownBy(() -> run.take(1)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void ofAPieceBehindWhichALeaseCannotBeClosedNothingIsLost() {
        append(3);
        ByteBuf released = Unpooled.buffer(1).writeZero(1);
        run.append(Lease.adopt(released));
        append(3);
        released.release();
        assertThatThrownBy(() -> run.take(2, /* dropped= */ 2)).isInstanceOf(IllegalReferenceCountException.class);
        run.close();
        assertThat(buffers.open()).isZero();
    }

    @Test
    void aPieceIsOfTheScopeOfAnyOfItsParts() {
        LeaseScope scope = new LeaseScope(ReactiveBufferPool.create(buffers, MemoryBudget.create("test", 1000)));
        for (int partBytes : new int[] {10, 300}) { // a copy, a composite
            append(partBytes);
            run.append(scope.adopt(buffers.of(new byte[partBytes])));
            assertThat(run.take(2 * partBytes).scope()).isSameAs(scope);
        }
        scope.end();
        assertThat(buffers.open()).isZero();
    }

    @Test
    void aScopesLeasesStayTheScopes() {
        LeaseScope scope = new LeaseScope(ReactiveBufferPool.create(buffers, MemoryBudget.create("test", 1000)));
        for (int partBytes : new int[] {10, 300}) {
            for (int i = 0; i < 2; i++) {
                ByteBuf buffer = buffers.of(new byte[partBytes]);
                run.append(scope.adopt(buffer));
            }
            assertThat(run.take(1).scope()).isSameAs(scope); // a slice
            assertThat(run.take(partBytes).scope()).isSameAs(scope); // a copy, or a composite
        }
        run.close();
        scope.end();
        assertThat(buffers.open()).isZero();
    }
}
