package io.forebay.netty;

import static io.forebay.netty.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.FastThreadLocal;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import io.netty.util.concurrent.ThreadProperties;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Cycles reach what is idle wherever it lies: with a loop that is busy, idle or gone, and with threads that have died. */
class CyclesTest {
    private static final int SLAB_BYTES = 8 << 10;

    private final CountedLoop loop = new CountedLoop();
    private final ForebayAllocator allocator =
            ForebayAllocator.builder().cyclePeriod(Duration.ofHours(1)).build();
    private final AtomicInteger turns = new AtomicInteger(); // a full collection may add one to those asked for

    /** An event loop that counts how often the allocator's clock wakes it. */
    static final class CountedLoop extends SingleThreadEventExecutor {
        private final AtomicInteger woken = new AtomicInteger();
        private volatile boolean isFull;

        CountedLoop() {
            super(null, new DefaultThreadFactory("counted"), /* addTaskWakesUp= */ true);
        }

        @Override
        protected void run() {
            do {
                Runnable task = takeTask();
                if (task != null) {
                    safeExecute(task);
                }
            } while (!confirmShutdown());
        }

        @Override
        public void execute(Runnable task) {
            if (Thread.currentThread().getName().equals("forebay-reclaim")) {
                woken.incrementAndGet();
                if (isFull) {
                    throw new RejectedExecutionException("too many tasks wait");
                }
            }
            super.execute(task);
        }

        void end() {
            shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        }
    }

    @BeforeEach
    void countTurns() {
        allocator.clock().register(turns, AtomicInteger::incrementAndGet); // after the allocator, so told after it
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        loop.end();
        allocator.clock().unregister(turns);
        allocator.close();
        allocator.awaitTermination(Duration.ofSeconds(30));
        for (MemoryStats stats : kinds()) {
            assertThat(stats.created()).isPositive().isEqualTo(stats.destroyed());
        }
    }

    private List<MemoryStats> kinds() {
        return List.of(allocator.metric().direct(), allocator.metric().heap());
    }

    /** A turn of the clock, and all that the loop, if there is one, and the clock have to do for it. */
    private void turn() throws Exception {
        int before = turns.get();
        allocator.clock().tick();
        await().pollInterval(Duration.ofMillis(1)).until(() -> turns.get() > before);
        if (!loop.isShuttingDown()) {
            loop.submit(() -> {}).sync();
        }
        CountDownLatch destroyed = new CountDownLatch(1);
        allocator.clock().execute(destroyed::countDown);
        assertThat(destroyed.await(60, TimeUnit.SECONDS)).isTrue();
    }

    private void assertNothingReserved() {
        assertThat(kinds()).allMatch(stats -> stats.reservedBytes() == 0);
    }

    /** A buffer of every class and of both kinds. */
    private List<ByteBuf> takeOneOfEach() {
        List<ByteBuf> taken = new ArrayList<>();
        for (int c = 0; c < SizeClasses.COUNT; c++) {
            taken.add(allocator.directBuffer(SizeClasses.bytes(c)));
            taken.add(allocator.heapBuffer(SizeClasses.bytes(c)));
        }
        return taken;
    }

    @Test
    void anIdleLoopIsWokenOnceACycleWhateverItHoldsAndThenLeftAlone() throws Exception {
        List<ByteBuf> toBeTakenHome = loop.submit(() -> {
                    List<ByteBuf> atHome = takeOneOfEach();
                    List<ByteBuf> others = takeOneOfEach();
                    atHome.forEach(ByteBuf::release);
                    return others;
                })
                .get();
        toBeTakenHome.forEach(ByteBuf::release);
        assertThat(loop.woken).hasValue(0);
        for (int i = 0; i < 4; i++) { // one of them to take home
            turn();
            assertThat(loop.woken.get()).isBetween(1, turns.get());
        }
        await().untilAsserted(this::assertNothingReserved);
        int woken = loop.woken.get();
        for (int i = 0; i < 3; i++) {
            turn();
        }
        assertThat(loop.woken).as("it holds nothing").hasValue(woken);
    }

    @Test
    void aLoopThatRefusedToBeWokenIsWokenByTheNextCycle() throws Exception {
        loop.submit(() -> takeOneOfEach().forEach(ByteBuf::release)).sync();
        loop.isFull = true;
        turn();
        loop.isFull = false;
        assertThat(loop.woken).hasPositiveValue();
        for (int i = 0; i < 3; i++) {
            turn();
        }
        await().untilAsserted(this::assertNothingReserved);
    }

    @Test
    void aLoopThatOnlyHasBuffersInUseIsLeftAlone() throws Exception {
        List<ByteBuf> inUse = loop.submit(this::takeOneOfEach).get();
        turn(); // which may see that it took some
        int woken = loop.woken.get();
        for (int i = 0; i < 3; i++) {
            turn();
        }
        assertThat(woken).isLessThanOrEqualTo(1);
        assertThat(loop.woken).hasValue(woken);
        assertThat(allocator.metric().direct().inUse()).isEqualTo(SizeClasses.COUNT);
        loop.submit(() -> inUse.forEach(ByteBuf::release)).sync();
    }

    private void releaseAll(int count, int directBytes, int heapBytes) {
        List<ByteBuf> bufs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            bufs.add(allocator.directBuffer(directBytes));
            bufs.add(allocator.heapBuffer(heapBytes));
        }
        bufs.forEach(ByteBuf::release);
    }

    @Test
    void aLoopThatNeverRestsKeepsOnlyWhatItUses() throws Exception {
        loop.submit(() -> releaseAll(1_000, 512, 3_000)).sync();
        loop.submit(() -> releaseAll(100, 100 << 10, 100 << 10)).sync();
        AtomicBoolean done = new AtomicBoolean();
        Runnable work = new Runnable() {
            @Override
            public void run() {
                for (int i = 0; i < 64; i++) {
                    allocator.directBuffer(512).release();
                    allocator.heapBuffer(3_000).release();
                }
                if (!done.get()) {
                    loop.execute(this);
                }
            }
        };
        loop.execute(work);
        await().untilAsserted(() -> {
            turn();
            assertThat(allocator.metric().direct().reservedBytes()).isEqualTo(SLAB_BYTES);
            assertThat(allocator.metric().heap().reservedBytes()).isEqualTo(SizeClasses.memoryBytes(3_000));
        });
        done.set(true);
    }

    /** How a thread can be gone. */
    enum Gone {
        /** An event loop, in order. */
        LOOP_SHUT_DOWN {
            @Override
            void leave(CountedLoop loop, Runnable work) {
                loop.submit(work).syncUninterruptibly();
                loop.end();
            }
        },
        /** An event loop whose thread went on after its slots had been left to others, and then died. */
        LOOP_DEAD {
            @Override
            void leave(CountedLoop loop, Runnable work) {
                FastThreadLocal<Boolean> last = new FastThreadLocal<>() {
                    @Override
                    protected void onRemoval(Boolean value) {
                        work.run();
                    }
                };
                loop.submit(() -> {
                            work.run(); // so that the loop is known, and removed before the other
                            last.set(true);
                        })
                        .syncUninterruptibly();
                ThreadProperties thread = loop.threadProperties();
                loop.end();
                await().until(() -> !thread.isAlive());
            }
        },
        PLAIN_THREADS {
            @Override
            void leave(CountedLoop loop, Runnable work) throws Exception {
                List<Thread> threads = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    threads.add(new Thread(work));
                }
                threads.forEach(Thread::start);
                for (Thread thread : threads) {
                    thread.join();
                }
            }
        },
        /** This very thread, which does not come back to what it used. */
        NOBODY {
            @Override
            void leave(CountedLoop loop, Runnable work) {
                work.run();
            }
        };

        abstract void leave(CountedLoop loop, Runnable work) throws Exception;
    }

    @ParameterizedTest
    @EnumSource
    void whatNobodyTouchesAgainIsGivenBackByThreeCyclesAlone(Gone gone) throws Exception {
        gone.leave(loop, () -> {
            releaseAll(300, 512, 3_000);
            releaseAll(20, 100 << 10, 100 << 10);
        });
        assertThat(kinds()).allMatch(stats -> stats.idle() >= 320 && stats.inUse() == 0);
        for (int i = 0; i < 3; i++) { // one of them to find that a thread is dead
            turn();
        }
        await().untilAsserted(this::assertNothingReserved);
    }

    @Test
    void whatWasReleasedAfterItsLoopHadEndedToo() throws Exception {
        List<ByteBuf> bufs = loop.submit(this::takeOneOfEach).get();
        loop.end();
        bufs.forEach(ByteBuf::release);
        assertThat(allocator.metric().direct().idle()).isEqualTo(SizeClasses.COUNT);
        for (int i = 0; i < 3; i++) {
            turn();
        }
        await().untilAsserted(this::assertNothingReserved);
    }
}
