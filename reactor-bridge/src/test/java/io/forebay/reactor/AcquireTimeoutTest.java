package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.test.scheduler.VirtualTimeScheduler;
import reactor.test.subscriber.TestSubscriber;

/** What a timeout says of the budget, of those who waited, and of what the scope of the request held. */
class AcquireTimeoutTest {
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final Buffers buffers = new Buffers();
    private final MemoryBudget all = MemoryBudget.create("all", 1_000);
    private final MemoryBudget tenant = all.child("tenant", 800);
    private final ReactiveBufferPool pool = ReactiveBufferPool.create(buffers, tenant);
    private final LeaseScope scope = new LeaseScope(pool);
    private final VirtualTimeScheduler clock = VirtualTimeScheduler.create();
    private final Queue<Lease> others = new ArrayDeque<>(); // of nobody's scope

    @AfterEach
    void nothingLeaked() {
        scope.end();
        while (!others.isEmpty()) { // closing one lets the next in
            others.remove().close();
        }
        buffers.close();
        for (MemoryBudget budget : List.of(all, tenant)) {
            assertThat(budget.used()).isZero();
            assertThat(budget.waiting()).isZero();
        }
    }

    private Lease take(int bytes) {
        TestSubscriber<Lease> subscriber = TestSubscriber.create();
        scope.acquire(bytes).subscribe(subscriber);
        return subscriber.getReceivedOnNext().get(0);
    }

    private void takenByOthers(ReactiveBufferPool pool, int bytes) {
        pool.acquire(bytes).subscribe(others::add);
    }

    /** Of a request that is made now and gets nothing until its time is up. */
    private AcquireTimeoutException timedOut(int bytes) {
        TestSubscriber<Lease> subscriber = TestSubscriber.create();
        scope.acquire(bytes, PATIENCE, clock).subscribe(subscriber);
        clock.advanceTimeBy(PATIENCE);
        return (AcquireTimeoutException) subscriber.expectTerminalError();
    }

    @Test
    void allFiguresAreThere() {
        takenByOthers(pool, 500);
        take(200);
        AcquireTimeoutException timeout = timedOut(300);
        assertThat(timeout.budgetName()).isEqualTo("tenant");
        assertThat(timeout.askedBytes()).isEqualTo(300);
        assertThat(timeout.timeout()).isEqualTo(PATIENCE);
        assertThat(timeout.obstacleName()).isEqualTo("tenant");
        assertThat(timeout.usedBytes()).isEqualTo(700);
        assertThat(timeout.limitBytes()).isEqualTo(800);
        assertThat(timeout.waiting()).isEqualTo(1);
        assertThat(timeout.waitingBytes()).isEqualTo(300);
        assertThat(timeout.heldBytes()).isEqualTo(200);
    }

    @Test
    void whoHoldsNothingIsToldOfNoHoldAndWait() {
        takenByOthers(pool, 700);
        assertThat(timedOut(300))
                .hasMessage(
                        "budget 'tenant' had no room in time: asked=300, timeout=PT1S; 700 of 800 bytes were in use, "
                                + "1 request waits for 300");
    }

    @Test
    void theBudgetAboveIsNamedIfItIsInTheWay() {
        takenByOthers(ReactiveBufferPool.create(buffers, all), 900);
        AcquireTimeoutException timeout = timedOut(300);
        assertThat(timeout)
                .hasMessage(
                        "budget 'tenant' had no room in time: asked=300, timeout=PT1S; of 'all' above it 900 of 1000 "
                                + "bytes were in use, 1 request waits for 300");
        assertThat(timeout.budgetName()).isEqualTo("tenant");
        assertThat(timeout.obstacleName()).isEqualTo("all");
    }

    @Test
    void whoWaitsBehindALargeRequestSeesIt() {
        takenByOthers(pool, 200);
        takenByOthers(pool, 700); // waits
        assertThat(timedOut(100)).hasMessageContaining("200 of 800 bytes were in use, 2 requests wait for 800");
    }

    @Test
    void memoryCountsAsHeldOnceWhateverWasMadeOfIt() {
        Lease lease = take(400);
        lease.buffer().writeZero(400);
        Lease second = lease.retain();
        Lease slice = second.slice(100, 200);
        assertThat(scope.heldBytes(tenant)).isEqualTo(400);
        lease.close();
        second.close();
        assertThat(scope.heldBytes(tenant)).isEqualTo(400);
        slice.close();
        assertThat(scope.heldBytes(tenant)).isZero();
    }

    @Test
    void whatWasDetachedOrIsOfAnotherBudgetIsNotHeld() {
        ByteBuf onItsWay = take(400).detach();
        takenByOthers(ReactiveBufferPool.create(buffers, all), 100);
        Lease adopted = scope.adopt(others.element().buffer().retain());
        scope.adopt(buffers.buffer(50));
        assertThat(timedOut(500).heldBytes()).isZero();
        assertThat(adopted.isDisposed()).isFalse();
        onItsWay.release();
    }
}
