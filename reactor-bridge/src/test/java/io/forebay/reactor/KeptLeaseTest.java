package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.pool.MemoryBudget;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Leases that somebody keeps while a call reads or writes their memory: nobody else ends them meanwhile. */
class KeptLeaseTest {
    private final Buffers buffers = new Buffers();
    private final LeaseScope scope = new LeaseScope(
            ReactiveBufferPool.create(UnpooledByteBufAllocator.DEFAULT, MemoryBudget.create("test", Long.MAX_VALUE)));

    @AfterEach
    void nothingLeaked() {
        scope.end();
        buffers.close();
    }

    /** What owns the reference. */
    enum Kind {
        OF_ITS_OWN(lease -> lease),
        /** A slice of the front of two bytes; whose whole is gone. */
        SHARED(whole -> {
            ByteRun run = new ByteRun();
            run.append(whole);
            Lease slice = run.takePart(1);
            run.close();
            return slice;
        });

        @SuppressWarnings("ImmutableEnumChecker") // has no state
        private final UnaryOperator<Lease> of;

        Kind(UnaryOperator<Lease> of) {
            this.of = of;
        }
    }

    private Lease lease(Kind kind) {
        return kind.of.apply(scope.adopt(buffers.of((byte) 1, (byte) 2)));
    }

    @ParameterizedTest
    @EnumSource
    void othersClosesDoNothingUntilItIsClosedByItsKeeper(Kind kind) {
        Lease lease = lease(kind);
        assertThat(lease.keep()).isTrue();
        lease.close();
        scope.end();
        assertThat(lease.isDisposed()).isFalse();
        assertThat(buffers.open()).isEqualTo(1);
        assertThat(lease.buffer().getByte(0)).isEqualTo((byte) 1);
        lease.closeKept();
        lease.closeKept();
        assertThat(lease.isDisposed()).isTrue();
        assertThat(buffers.open()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void nobodyElseDetachesOrKeepsIt(Kind kind) {
        Lease lease = lease(kind);
        assertThat(lease.keep()).isTrue();
        assertThat(lease.keep()).isFalse();
        assertThatThrownBy(lease::detach)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("is being read or written");
        assertThat(lease).hasToString("lease on 2 bytes, held");
        lease.closeKept();
    }

    @ParameterizedTest
    @EnumSource
    void whatIsLetOutIsClosedByAnybody(Kind kind) {
        Lease lease = lease(kind);
        for (int time = 0; time < 3; time++) {
            assertThat(lease.keep()).isTrue();
            lease.close();
            assertThat(lease.letOutKept()).isFalse();
            assertThat(lease.isDisposed()).isFalse();
        }
        lease.close();
        assertThat(buffers.open()).isZero();
        assertThat(lease.keep()).isFalse();
        lease.closeKept(); // as close
    }

    @ParameterizedTest
    @EnumSource
    void whoLetsItOutIsToldThatTheScopeHasEnded(Kind kind) {
        Lease lease = lease(kind);
        assertThat(lease.keep()).isTrue();
        scope.end();
        assertThat(lease.letOutKept()).isTrue();
        lease.close();
        assertThat(buffers.open()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void whatIsDetachedAfterItWasLetOutIsTheCallers(Kind kind) {
        Lease lease = lease(kind);
        assertThat(lease.keep()).isTrue();
        assertThat(lease.letOutKept()).isFalse();
        lease.detach().release();
        assertThat(lease.isDisposed()).isTrue();
        assertThat(buffers.open()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void aCloseAndAnEndRacingTheKeeperLoseNothing(Kind kind) {
        for (int round = 0; round < 500; round++) {
            LeaseScope ends = new LeaseScope(ReactiveBufferPool.create(
                    UnpooledByteBufAllocator.DEFAULT, MemoryBudget.create("test", Long.MAX_VALUE)));
            Lease lease = kind.of.apply(ends.adopt(buffers.of((byte) 1, (byte) 2)));
            Patience.race(
                    () -> {
                        if (lease.keep()) {
                            assertThat(lease.buffer().getByte(0)).isEqualTo((byte) 1);
                            if (lease.letOutKept()) {
                                lease.close();
                            }
                        }
                    },
                    ends::end,
                    lease::close);
            assertThat(buffers.open()).isZero();
        }
    }
}
