package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SharedReferenceTest {
    private static final int ROUNDS = 2_000;

    private final Buffers buffers = new Buffers();

    @AfterEach
    void nothingLeaked() {
        buffers.close();
    }

    private static Lease seated(ByteBuf buffer, SharedReference shared, int seat) {
        return Lease.create(buffer.slice(seat, 1), buffer.capacity(), shared, seat);
    }

    @Test
    void theLastToLeaveReleasesWhoeverThatIs() {
        for (int seats = 0; seats <= SharedReference.SEATS; seats++) {
            ByteBuf buffer = buffers.of(new byte[SharedReference.SEATS]);
            SharedReference shared = new SharedReference(buffer, /* scope= */ null, SharedReference.SEATS);
            List<Lease> leases = new ArrayList<>();
            for (int seat = 0; seat < seats; seat++) {
                leases.add(seated(buffer, shared, seat));
            }
            for (Lease lease : leases) {
                assertThat(buffer.refCnt()).isEqualTo(1);
                assertThat(lease.isDisposed()).isFalse();
                lease.close();
                lease.close();
                assertThat(lease.isDisposed()).isTrue();
            }
            if (seats < SharedReference.SEATS) {
                assertThat(buffer.refCnt()).isEqualTo(1);
            }
            shared.leaveFrom(seats);
            assertThat(buffer.refCnt()).isZero();
        }
    }

    @Test
    void ofAsManySeatsAsAreNeededNoneIsLeftOver() {
        for (int seats = 1; seats <= SharedReference.SEATS; seats++) {
            ByteBuf buffer = buffers.of(new byte[SharedReference.SEATS]);
            SharedReference shared = new SharedReference(buffer, /* scope= */ null, seats);
            for (int seat = 0; seat < seats; seat++) {
                assertThat(buffer.refCnt()).isEqualTo(1);
                seated(buffer, shared, seat).close();
            }
            assertThat(buffer.refCnt()).isZero();
            shared.leaveFrom(seats); // there is none
        }
    }

    @Test
    void aSeatedLeaseIsUsedLikeAnyOther() {
        ByteBuf buffer = buffers.of((byte) 1, (byte) 2);
        SharedReference shared = new SharedReference(buffer, /* scope= */ null, SharedReference.SEATS);
        Lease lease = seated(buffer, shared, 0);
        Lease other = seated(buffer, shared, 1);
        shared.leaveFrom(2);
        assertThat(lease).hasToString("lease on 2 bytes, held");
        assertThat(lease.capacityCost()).isEqualTo(2);
        lease.retain().close();
        lease.slice(0, 1).close();
        assertThat(lease.buffer().getByte(0)).isEqualTo((byte) 1);

        ByteBuf detached = lease.detach();
        assertThat(lease.isDisposed()).isTrue();
        assertThat(lease).hasToString("lease on 2 bytes, detached");
        assertThatThrownBy(lease::buffer)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("detached");
        assertThatThrownBy(lease::detach).isInstanceOf(IllegalStateException.class);
        lease.close();

        other.close();
        assertThat(other).hasToString("lease on 2 bytes, closed");
        assertThatThrownBy(other::detach)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        assertThat(detached.refCnt()).isEqualTo(1); // its own
        detached.release();
    }

    @Test
    void ofACloseAndADetachOnTwoThreadsOneWinsAndTheOthersSeatStays() {
        AtomicInteger closed = new AtomicInteger();
        for (int round = 0; round < ROUNDS; round++) {
            ByteBuf buffer = buffers.of((byte) 1, (byte) 2);
            SharedReference shared = new SharedReference(buffer, /* scope= */ null, SharedReference.SEATS);
            Lease lease = seated(buffer, shared, 0);
            Lease other = seated(buffer, shared, 1);
            shared.leaveFrom(2);
            boolean othersEndsFirst = round % 2 == 0;
            if (othersEndsFirst) {
                other.close();
            }
            Patience.race(lease::close, () -> {
                try {
                    lease.detach().release();
                } catch (IllegalStateException lost) {
                    closed.incrementAndGet();
                }
            });
            assertThat(lease.isDisposed()).isTrue();
            assertThat(buffer.refCnt()).isEqualTo(othersEndsFirst ? 0 : 1);
            other.close();
            assertThat(buffer.refCnt()).isZero();
        }
        assertThat(closed).hasValueBetween(0, ROUNDS);
    }

    @Test
    void whenAllEndAtOnceTheReferenceGoesOnce() {
        for (int round = 0; round < ROUNDS; round++) {
            ByteBuf buffer = buffers.of((byte) 1, (byte) 2);
            SharedReference shared = new SharedReference(buffer, /* scope= */ null, SharedReference.SEATS);
            Lease first = seated(buffer, shared, 0);
            Lease second = seated(buffer, shared, 1);
            Patience.race(first::close, first::close, () -> second.detach().release(), () -> shared.leaveFrom(2));
            assertThat(buffer.refCnt()).isZero();
        }
    }

    @Test
    void whoseScopeHasEndedLeavesItsSeat() {
        LeaseScope scope = new LeaseScope(ReactiveBufferPool.create(buffers, MemoryBudget.create("test", 1_000)));
        ByteBuf buffer = buffers.of((byte) 1, (byte) 2);
        SharedReference shared = new SharedReference(buffer, scope, SharedReference.SEATS);
        Lease lease = seated(buffer, shared, 0);
        assertThat(lease.scope()).isSameAs(scope);
        scope.end();
        assertThat(lease.isDisposed()).isTrue();
        assertThatThrownBy(() -> seated(buffer, shared, 1)).isInstanceOf(IllegalStateException.class);
        assertThat(buffer.refCnt()).isEqualTo(1);
        shared.leaveFrom(2);
    }
}
