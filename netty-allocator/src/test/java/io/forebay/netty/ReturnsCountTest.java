package io.forebay.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.pool.MemoryBudget;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** What is on its way home, as it is counted beside threads that send and a loop that takes. */
class ReturnsCountTest {
    private static final int BYTES = 64;
    private static final int BUFFERS = 6 * ReturnRing.CAPACITY; // most of them overflow

    private final MemoryBudget budget = MemoryBudget.create("test", Long.MAX_VALUE);
    private final HeapKind kind = new HeapKind(new MemoryLimit(budget, Supplier::get));
    private final Returns returns = new Returns();
    private final ConcurrentLinkedQueue<PooledBuf> idle = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean done = new AtomicBoolean();
    private final LongAdder sendsBegun = new LongAdder();
    private final LongAdder sendsEnded = new LongAdder();
    private final LongAdder takesBegun = new LongAdder();
    private final LongAdder takesEnded = new LongAdder();

    @SuppressWarnings("NullAway") // no pool is asked for anything here
    private PooledBuf newBuffer() {
        PooledBuf buf = new HeapBuf(null, kind, 0, BYTES);
        assertThat(budget.tryReserve(BYTES)).isTrue();
        return buf;
    }

    private void send(PooledBuf buf) {
        buf.depart();
        sendsBegun.increment();
        assertThat(returns.send(buf)).isTrue();
        sendsEnded.increment();
    }

    private void arrive(PooledBuf buf) {
        assertThat(buf.arrive()).isTrue();
        takesEnded.increment();
        idle.add(buf);
    }

    /** The loop: lets many come together, most of which overflow, and takes them home a batch at a time. */
    @SuppressWarnings("ThreadPriorityCheck") // the yield: the sender may need this processor
    private void takeSome() {
        while (!done.get()) {
            if (returns.size() < 3 * ReturnRing.CAPACITY) {
                Thread.yield();
                continue;
            }
            for (int i = 0; i < BUFFERS / Loop.RETURN_BATCH; i++) {
                takesBegun.add(2L * Loop.RETURN_BATCH);
                int taken = returns.take(Loop.RETURN_BATCH, this::arrive);
                takesBegun.add(taken - 2L * Loop.RETURN_BATCH);
            }
        }
    }

    @SuppressWarnings("ThreadPriorityCheck") // likewise
    private void sendSome() {
        while (!done.get()) {
            PooledBuf buf = idle.poll();
            if (buf == null) {
                Thread.yield();
            } else {
                send(buf);
            }
        }
    }

    @Test
    void whatStaysIsCountedOnceWhileOthersComeAndGo() throws Exception {
        for (int i = 0; i < BUFFERS; i++) {
            send(newBuffer());
        }
        // Not the common pool's: on few processors it has one thread, and the second would wait for the first to end.
        var loop = CompletableFuture.runAsync(this::takeSome, task -> new Thread(task).start());
        var sender = CompletableFuture.runAsync(this::sendSome, task -> new Thread(task).start());
        try {
            for (int looks = 0; looks < 20_000; looks++) {
                long atLeast = sendsEnded.sum();
                long atMost = -takesEnded.sum();
                Returns.Sums count = returns.count();
                atMost += sendsBegun.sum();
                atLeast -= takesBegun.sum();
                assertThat(count.buffers()).isBetween(atLeast, atMost);
                assertThat(count.bytes()).isEqualTo(count.buffers() * BYTES);
            }
        } finally {
            done.set(true);
        }
        CompletableFuture.allOf(loop, sender).get(60, TimeUnit.SECONDS);
        returns.takeAll(this::arrive);
        assertThat(returns.count().buffers()).isZero();
        assertThat(idle).hasSize(BUFFERS);
        idle.forEach(PooledBuf::freeMemory);
        assertThat(budget.used()).isZero();
    }

    /** The overflow is walked by whoever closes it. */
    @Test
    void whatArrivesAtTheCloseIsCountedUntilItDoes() {
        for (int i = 0; i < BUFFERS; i++) {
            send(newBuffer());
        }
        ArrayDeque<Long> counted = new ArrayDeque<>();
        returns.refuse(buf -> {
            arrive(buf);
            counted.add(returns.count().buffers());
        });
        for (int i = 1; i <= BUFFERS - ReturnRing.CAPACITY; i++) {
            assertThat(counted.remove()).isEqualTo(BUFFERS - i);
        }
        returns.takeAll(this::arrive);
        assertThat(counted).isEmpty();
        assertThat(returns.count().buffers()).isZero();
        idle.forEach(PooledBuf::freeMemory);
        assertThat(budget.used()).isZero();
    }
}
