package io.forebay.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.pool.LedgeredItems.Item;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class ReclaimClockTest {
    private static final Duration SHORT = Duration.ofMillis(1);
    private static final Duration NEVER = Duration.ofDays(1);

    private final LedgeredItems items = new LedgeredItems();

    private static void awaitTrue(Callable<Boolean> condition) {
        Awaitility.await().atMost(Threads.LIMIT).pollInterval(SHORT).until(condition);
    }

    /** Runs a task on the clock and returns its thread. */
    private static Thread threadOf(ReclaimClock clock) {
        Set<Thread> seen = ConcurrentHashMap.newKeySet();
        CountDownLatch ran = new CountDownLatch(1);
        clock.execute(() -> {
            seen.add(Thread.currentThread());
            ran.countDown();
        });
        Threads.await(ran);
        return seen.iterator().next();
    }

    private static void awaitEnd(Thread thread) {
        awaitTrue(() -> !thread.isAlive());
    }

    private Pool<Item> pool(ReclaimClock clock) {
        return Pool.builder(items::make).destructor(items::destroy).clock(clock).build();
    }

    @Test
    void aPeriodMustBePositiveAndIsNamed() {
        assertThatThrownBy(() -> ReclaimClock.every(Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("period must be > 0: period=PT0S");
        assertThatThrownBy(() -> ReclaimClock.every(Duration.ofMillis(-3)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("PT-0.003S");
    }

    @Test
    void atEachPeriodItTicksEverySubscriber() {
        AtomicInteger ticks = new AtomicInteger();
        try (ReclaimClock clock = ReclaimClock.every(SHORT)) {
            clock.register(ticks, AtomicInteger::incrementAndGet);
            awaitTrue(() -> ticks.get() > 3);
            clock.unregister(ticks);
        }
        assertThat(ticks).hasPositiveValue();
    }

    @Test
    void anExtraTickComesWhenAskedFor() {
        AtomicInteger ticks = new AtomicInteger();
        try (ReclaimClock clock = ReclaimClock.every(NEVER)) {
            clock.register(ticks, AtomicInteger::incrementAndGet);
            clock.tick();
            awaitTrue(() -> ticks.get() >= 1);
        }
    }

    @Test
    void aFullCollectionIsAnExtraTick() {
        AtomicInteger ticks = new AtomicInteger();
        try (ReclaimClock clock = ReclaimClock.every(NEVER)) {
            clock.register(ticks, AtomicInteger::incrementAndGet);
            awaitTrue(() -> {
                System.gc();
                return ticks.get() > 0;
            });
        }
    }

    @Test
    void itsPoolsAgeAndTheirDestructorsRunOnItsThread() {
        Set<String> destroyers = ConcurrentHashMap.newKeySet();
        try (ReclaimClock clock = ReclaimClock.every(SHORT)) {
            Pool<Item> pool = Pool.builder(items::make)
                    .destructor(item -> {
                        items.destroy(item);
                        destroyers.add(Thread.currentThread().getName());
                    })
                    .clock(clock)
                    .build();
            Item kept = pool.get();
            pool.put(pool.get());
            awaitTrue(() -> items.destroyed() == 1);
            pool.discard(kept);
            awaitTrue(() -> items.destroyed() == 2);
            pool.close();
            assertThat(pool.termination().toCompletableFuture()).succeedsWithin(Threads.LIMIT);
            items.check(pool);
        }
        assertThat(destroyers).containsExactly("forebay-reclaim");
    }

    @Test
    void oneClockServesManyPools() {
        try (ReclaimClock clock = ReclaimClock.every(NEVER)) {
            Pool<Item> first = pool(clock);
            LedgeredItems others = new LedgeredItems();
            Pool<Item> second = Pool.builder(others::make)
                    .destructor(others::destroy)
                    .clock(clock)
                    .build();
            first.put(first.get());
            Item out = second.get(); // not idle: a full collection may tick, too, and have it destroyed
            first.close();
            assertThat(first.termination().toCompletableFuture()).succeedsWithin(Threads.LIMIT);
            assertThat(second.stats().handedOut()).isEqualTo(1);
            second.put(out);
            clock.tick();
            awaitTrue(() -> second.stats().victim() == 1 || others.destroyed() == 1);
            clock.tick();
            awaitTrue(() -> others.destroyed() == 1);
            others.check(second);
            items.check(first);
        }
    }

    @Test
    void theThreadEndsWithItsLastPoolAndStartsAgainWithTheNext() {
        try (ReclaimClock clock = ReclaimClock.every(NEVER)) {
            Pool<Item> pool = pool(clock);
            Thread thread = threadOf(clock);
            assertThat(thread.isDaemon()).isTrue();
            assertThat(threadOf(clock)).isSameAs(thread);
            pool.close();
            awaitEnd(thread);
            AtomicInteger ticks = new AtomicInteger();
            clock.register(ticks, AtomicInteger::incrementAndGet);
            assertThat(threadOf(clock)).isNotSameAs(thread);
            clock.tick();
            awaitTrue(() -> ticks.get() > 0);
        }
    }

    @Test
    void aPoolThatNobodyHoldsIsCollectedAndItsThreadEnds() {
        ReclaimClock clock = ReclaimClock.every(Duration.ofMillis(20));
        WeakReference<Pool<Item>> pool = new WeakReference<>(pool(clock));
        Thread thread = threadOf(clock);
        awaitTrue(() -> {
            System.gc();
            return pool.get() == null;
        });
        awaitEnd(thread);
    }

    @Test
    void aSubscriberThatFailsDoesNotStopTheOthers() {
        ConcurrentLinkedQueue<String> told = new ConcurrentLinkedQueue<>();
        AtomicInteger ticks = new AtomicInteger();
        AtomicInteger first = new AtomicInteger();
        Object failing = new Object();
        try (ReclaimClock clock = ReclaimClock.every(NEVER)) {
            clock.register(first, AtomicInteger::incrementAndGet); // the thread stays, and keeps its handler
            clock.execute(() -> Thread.currentThread()
                    .setUncaughtExceptionHandler((thread, failure) -> told.add(failure.getMessage())));
            clock.execute(() -> {
                throw new IllegalArgumentException("task");
            });
            clock.register(failing, subject -> {
                throw new IllegalArgumentException("subscriber");
            });
            clock.register(ticks, AtomicInteger::incrementAndGet);
            clock.tick();
            awaitTrue(() -> ticks.get() >= 1); // more if there was a full collection, too
            int before = ticks.get();
            clock.tick();
            awaitTrue(() -> ticks.get() > before);
        }
        assertThat(failing).isNotNull(); // the clock holds it weakly
        assertThat(first).hasValueGreaterThanOrEqualTo(2);
        assertThat(told).contains("task", "subscriber");
    }

    @Test
    void afterItsCloseItTakesNothingAndItsPoolsGoOnByHand() {
        ReclaimClock clock = ReclaimClock.every(NEVER);
        Pool<Item> pool = pool(clock);
        Thread thread = threadOf(clock);
        clock.close();
        awaitEnd(thread);
        assertThatThrownBy(() -> clock.execute(() -> {})).isInstanceOf(RejectedExecutionException.class);
        assertThatThrownBy(() -> pool(clock)).isInstanceOf(IllegalStateException.class);
        pool.put(pool.get());
        pool.cycle();
        pool.cycle();
        assertThat(items.destroyed()).as("by the caller").isEqualTo(1);
        items.closeAndCheck(pool);
        clock.tick();
        clock.close();
    }

    @Test
    void everyTaskItAcceptsIsRunThoughTheThreadEndsAndStartsAllTheTime() {
        ReclaimClock clock = ReclaimClock.every(NEVER);
        AtomicInteger ran = new AtomicInteger();
        try (Threads threads = new Threads()) {
            for (int worker = 0; worker < 3; worker++) {
                threads.start(() -> {
                    for (int i = 0; i < 300; i++) {
                        clock.execute(ran::incrementAndGet);
                    }
                });
            }
        }
        awaitTrue(() -> ran.get() == 900);
        clock.close();
    }

    @Test
    void aPoolHasAClockOfItsOwnByDefault() {
        Pool<Item> pool = Pool.builder(items::make).destructor(items::destroy).build();
        pool.put(pool.get());
        pool.close();
        assertThat(pool.termination().toCompletableFuture()).succeedsWithin(Threads.LIMIT);
        items.check(pool);
    }
}
