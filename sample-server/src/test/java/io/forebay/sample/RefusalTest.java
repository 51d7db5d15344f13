package io.forebay.sample;

import static io.forebay.sample.Patience.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.pool.MemoryBudget;
import io.forebay.reactor.ReactiveBufferPool;
import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import org.junit.jupiter.api.Test;

final class RefusalTest {
    private final MemoryBudget budget = MemoryBudget.create("test", 1_000);

    @Test
    void anAllocatorThatIsOutOfTheJvmsMemoryRefusesForNow() {
        ReactiveBufferPool pool = ReactiveBufferPool.create(new Spent(), budget);
        assertThatThrownBy(() -> pool.scoped(scope -> Pools.acquire(scope, 100).doOnNext(lease -> lease.close()))
                        .blockLast(PATIENCE))
                .isInstanceOf(Refusal.class)
                .hasMessage("the server is out of memory: Cannot reserve 100 bytes of direct buffer memory");
        assertThat(budget.used()).isZero();
    }

    @Test
    void anotherFailureStaysWhatItIs() {
        RuntimeException failure = new RuntimeException();
        assertThat(Refusal.of(failure)).isSameAs(failure);
    }

    /** As Netty's own are beyond {@code -XX:MaxDirectMemorySize}. */
    private static final class Spent extends AbstractByteBufAllocator {
        Spent() {
            super(/* preferDirect= */ true);
        }

        @Override
        protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
            throw new OutOfMemoryError("Java heap space");
        }

        @Override
        protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
            throw new OutOfMemoryError("Cannot reserve " + initialCapacity + " bytes of direct buffer memory");
        }

        @Override
        public boolean isDirectBufferPooled() {
            return true;
        }
    }
}
