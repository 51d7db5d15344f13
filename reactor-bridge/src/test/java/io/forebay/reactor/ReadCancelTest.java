package io.forebay.reactor;

import static io.forebay.reactor.LeaseSubscribers.closeReceived;
import static io.forebay.reactor.LeaseSubscribers.subscribe;
import static io.forebay.reactor.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.publisher.TestPublisher;
import reactor.test.subscriber.TestSubscriber;

/** Who reads a file or stream and leaves: in the middle, while memory or a thread is waited for, or just as something comes. */
class ReadCancelTest {
    @RegisterExtension
    private final SmallPool memory = new SmallPool();

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    private Path directory;

    @Test
    void whileTheBudgetIsSpentItWaitsAndACancelThenLeavesNothing() {
        assertThat(memory.budget.tryReserve(995)).isTrue();
        CountedStream stream = new CountedStream(100, -1);
        TestSubscriber<Lease> subscriber = subscribe(memory.read(stream, 10), 1);
        assertThat(memory.budget.waiting()).isEqualTo(1);
        subscriber.cancel();
        assertThat(memory.budget.waiting()).isZero();
        assertThat(stream.closes()).isEqualTo(1);
        memory.budget.release(995);
    }

    @Test
    void aCancelOnAParkedSchedulerGivesTheBytesBackAtOnceAndClosesTheStreamWhenThatRuns() {
        ParkedScheduler parked = new ParkedScheduler();
        ParkedScheduler delivering = new ParkedScheduler();
        CountedStream stream = new CountedStream(100, -1);
        TestSubscriber<Lease> subscriber =
                subscribe(ByteStreams.read(() -> stream, memory.pool.deliverOn(delivering)::acquire, 10, parked), 1);
        parked.runAll();
        delivering.runAll();
        assertThat(memory.budget.used()).isEqualTo(10); // the lease is here, and waits for the scheduler
        subscriber.cancel();
        assertThat(memory.budget.used()).isZero();
        assertThat(stream.closes()).isZero();
        parked.runAll();
        assertThat(stream.closes()).isEqualTo(1);
        assertThat(subscriber.getReceivedOnNext()).isEmpty();
    }

    @Test
    void aLeaseThatComesAfterTheCancelGoesBackThoughTheSchedulerNeverRunsAgain() {
        ParkedScheduler parked = new ParkedScheduler();
        TestPublisher<Lease> leases = TestPublisher.createNoncompliant(TestPublisher.Violation.DEFER_CANCELLATION);
        TestSubscriber<Lease> subscriber = subscribe(
                ByteStreams.read(() -> new CountedStream(100, -1), bytes -> Mono.fromDirect(leases.flux()), 10, parked),
                1);
        parked.runAll();
        subscriber.cancel();
        leases.next(Lease.adopt(memory.buffers.buffer(10, 10)));
        assertThat(memory.buffers.open()).isZero();
    }

    @Test
    void cancelWithinOnNextEndsIt() {
        CountedStream stream = new CountedStream(100, -1);
        memory.read(stream, 10).subscribe(new BaseSubscriber<>() {
            @Override
            protected void hookOnNext(Lease lease) {
                cancel();
                lease.close();
            }
        });
        assertThat(stream.closes()).isEqualTo(1);
        assertThat(memory.buffers.made()).isEqualTo(1);
    }

    @Test
    void aCancelWaitsForTheReadThatIsUnderWayThenClosesAll() {
        CountDownLatch reading = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        AtomicInteger closes = new AtomicInteger();
        InputStream slow = new InputStream() {
            @Override
            public int read() {
                reading.countDown();
                join(go);
                return 1;
            }

            @Override
            public int read(byte[] bytes, int offset, int length) {
                return read();
            }

            @Override
            public void close() {
                closes.incrementAndGet();
            }
        };
        TestSubscriber<Lease> subscriber =
                subscribe(ByteStreams.read(() -> slow, memory::acquire, 10, Schedulers.boundedElastic()), 1);
        join(reading);
        subscriber.cancel();
        assertThat(closes).hasValue(0);
        go.countDown();
        await().until(() -> closes.get() == 1 && memory.buffers.open() == 0);
    }

    private static void join(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aCancelRacingTheReadLeavesNothing(ReadWay way) throws IOException {
        Path file = Files.write(directory.resolve("file"), new byte[200]);
        for (int round = 0; round < 100; round++) {
            TestSubscriber<Lease> subscriber = subscribe(way.read(file, 0, Long.MAX_VALUE, 10, memory.pool), 3);
            Patience.race(() -> subscriber.request(5), subscriber::cancel);
            await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(1)).until(() -> {
                closeReceived(subscriber);
                return memory.buffers.open() == 0 && memory.budget.used() == 0;
            });
        }
    }
}
