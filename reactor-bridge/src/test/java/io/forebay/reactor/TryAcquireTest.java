package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.test.subscriber.TestSubscriber;

/** Leases for code that is no publisher. */
class TryAcquireTest {
    private final Buffers buffers = new Buffers();
    private final MemoryBudget budget = MemoryBudget.create("test", 100);
    private final ReactiveBufferPool pool = ReactiveBufferPool.create(buffers, budget);

    @AfterEach
    void nothingLeaked() {
        buffers.close();
        assertThat(budget.used()).isZero();
    }

    @Test
    void aLeaseIsChargedUntilItIsClosed() {
        try (Lease lease = Objects.requireNonNull(pool.tryAcquire(60))) {
            assertThat(lease.buffer().capacity()).isEqualTo(60);
            assertThat(budget.used()).isEqualTo(60);
            assertThat(pool.tryAcquire(60)).isNull();
            assertThat(budget.stats().refusals()).isEqualTo(1);
        }
    }

    @Test
    void nobodyWhoWaitsIsOvertaken() {
        Lease first = Objects.requireNonNull(pool.tryAcquire(60));
        TestSubscriber<Lease> waiting = TestSubscriber.create();
        pool.acquire(60).subscribe(waiting);
        assertThat(pool.tryAcquire(10)).isNull();
        first.close();
        waiting.getReceivedOnNext().forEach(Lease::close);
    }

    @Test
    void whatIsWrongIsSaidAndNothingIsCharged() {
        assertThatThrownBy(() -> pool.tryAcquire(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("bytes=0");
        assertThat(pool.tryAcquire(101)).isNull();
        buffers.refuse();
        assertThatThrownBy(() -> pool.tryAcquire(10)).isInstanceOf(OutOfMemoryError.class);
        budget.close();
        assertThatThrownBy(() -> pool.tryAcquire(10)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aScopeOwnsWhatIsLentToIt() {
        LeaseScope scope = new LeaseScope(pool);
        ByteBuf lent = buffers.of((byte) 1);
        Lease lease = scope.own(lent);
        lent.release();
        assertThat(lease.buffer().refCnt()).isEqualTo(1);
        scope.end();
        assertThat(buffers.open()).isZero();
        ByteBuf late = buffers.of((byte) 1);
        assertThatThrownBy(() -> scope.own(late)).isInstanceOf(IllegalStateException.class);
        assertThat(late.refCnt()).isEqualTo(1);
        late.release();
    }
}
