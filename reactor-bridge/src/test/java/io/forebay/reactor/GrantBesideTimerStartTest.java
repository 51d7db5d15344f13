package io.forebay.reactor;

import static io.forebay.reactor.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.pool.MemoryBudget;
import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.scheduler.Scheduler;
import reactor.test.subscriber.TestSubscriber;

/** A lease that is granted while the request for it is about to start its timer. */
class GrantBesideTimerStartTest {
    private final CountDownLatch granting = new CountDownLatch(1); // it has looked for a timer, and found none
    private final CountDownLatch asked = new CountDownLatch(1); // the request has returned
    private final Disposable timer = Disposables.single();

    private static void join(CountDownLatch latch) {
        try {
            assertThat(latch.await(Patience.LIMIT.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    /** Makes a buffer only when the request has returned. */
    private final class Slow extends AbstractByteBufAllocator {
        @Override
        protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
            granting.countDown();
            join(asked);
            return Unpooled.buffer(initialCapacity, maxCapacity);
        }

        @Override
        protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean isDirectBufferPooled() {
            return false;
        }
    }

    /** Starts a timer only when the grant is on its way. */
    private final class Late implements Scheduler {
        @Override
        public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
            join(granting);
            return timer;
        }

        @Override
        public Disposable schedule(Runnable task) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Worker createWorker() {
            throw new UnsupportedOperationException();
        }
    }

    @Test
    void aGrantThatMeetsTheStartOfTheTimerDisposesIt() throws Exception {
        MemoryBudget budget = MemoryBudget.create("budget", 1);
        assertThat(budget.tryReserve(1)).isTrue();
        TestSubscriber<Lease> subscriber =
                TestSubscriber.builder().initialRequest(0).build();
        ReactiveBufferPool.create(new Slow(), budget)
                .acquire(1, Duration.ofDays(1), new Late())
                .subscribe(subscriber);
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            Future<?> requesting = threads.submit(() -> {
                subscriber.request(1);
                asked.countDown();
            });
            Future<?> releasing = threads.submit(() -> {
                await().until(() -> budget.waiting() > 0); // the request
                budget.release(1);
            });
            requesting.get();
            releasing.get();
        } finally {
            threads.shutdown();
        }
        assertThat(subscriber.isTerminatedComplete()).isTrue();
        subscriber.getReceivedOnNext().forEach(Lease::close);
        assertThat(budget.used()).isZero();
        assertThat(timer.isDisposed()).isTrue();
    }
}
