package io.forebay.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who waits, where, for how long, and in which order they are let in. */
class BudgetWaitingTest {
    private final AtomicLong nanos = new AtomicLong(1_000);
    private final MemoryBudget server = MemoryBudget.create("server", 100, nanos::get);
    private final MemoryBudget red = server.child("red", 60);
    private final MemoryBudget blue = server.child("blue", 60);
    private final BudgetRecorder told = new BudgetRecorder();

    @AfterEach
    void everyRequestEndedInOneWay() {
        for (MemoryBudget budget : List.of(server, red, blue)) {
            BudgetStats stats = budget.stats();
            assertThat(stats.requests())
                    .isEqualTo(
                            stats.waiting() + stats.grants() + stats.failures() + stats.cancels() + stats.timeouts());
        }
        assertThat(server.waiting()).isZero();
        assertThat(server.waitingBytes()).isZero();
        assertThat(server.stats().grants()).isEqualTo(told.granted.size());
    }

    @Test
    void withRoomARequestIsGrantedAtOnce() {
        BudgetWaiter request = told.ask(red, 10);
        assertThat(told.granted).containsExactly(request);
        assertThat(request.isWaiting()).isFalse();
        assertThat(request.budget()).isSameAs(red);
        assertThat(request.bytes()).isEqualTo(10);
        assertThat(server.used()).isEqualTo(10);
        assertThat(server.stats().waits()).isZero();
        assertThat(request).hasToString("request for 10 bytes of budget 'red', delivered");
    }

    @Test
    void itIsToldOnItsExecutorAndNotBefore() {
        told.hold();
        BudgetWaiter request = told.ask(red, 10);
        assertThat(told.granted).isEmpty();
        assertThat(red.used()).isEqualTo(10);
        assertThat(request).hasToString("request for 10 bytes of budget 'red', decided");
        told.runAll();
        assertThat(told.granted).containsExactly(request);
    }

    @Test
    void waitersAreLetInFirstComeFirstServedAndNeverInPart() {
        assertThat(server.tryReserve(100)).isTrue();
        BudgetWaiter large = told.ask(server, 50);
        BudgetWaiter small = told.ask(server, 5);
        BudgetWaiter last = told.ask(server, 45);
        server.release(49);
        assertThat(told.granted)
                .as("there is room for the small one, but not in turn")
                .isEmpty();
        server.release(1);
        assertThat(told.granted).containsExactly(large);
        server.release(50);
        assertThat(told.granted).containsExactly(large, small, last);
        assertThat(server.used()).isEqualTo(100);
        assertThat(server.stats().waits()).isEqualTo(3);
    }

    @Test
    void tryReserveDoesNotOvertakeWhoWaits() {
        assertThat(server.tryReserve(90)).isTrue();
        BudgetWaiter waiter = told.ask(server, 50);
        assertThat(server.tryReserve(1)).isFalse();
        assertThat(red.tryReserve(1)).as("by way of a child neither").isFalse();
        assertThat(server.stats().refusals()).isEqualTo(2);
        assertThat(waiter.cancel()).isTrue();
        assertThat(server.tryReserve(1)).isTrue();
    }

    @Test
    void aTenantAtItsLimitHoldsUpNobodyElse() {
        assertThat(red.tryReserve(60)).isTrue();
        BudgetWaiter first = told.ask(red, 30);
        BudgetWaiter other = told.ask(blue, 20);
        assertThat(told.granted).containsExactly(other);
        assertThat(blue.tryReserve(10)).isTrue();
        assertThat(red.waiting()).isOne();
        assertThat(blue.waiting()).isZero();
        assertThat(server.waiting()).isOne();
        red.release(30);
        assertThat(told.granted).containsExactly(other, first);
    }

    @Test
    void aWaiterForTheCommonBytesHoldsUpAllWhoCameLater() {
        assertThat(server.tryReserve(80)).isTrue();
        BudgetWaiter first = told.ask(red, 30);
        BudgetWaiter second = told.ask(blue, 10);
        BudgetWaiter third = told.ask(red, 1);
        assertThat(told.granted).isEmpty();
        server.release(10);
        assertThat(told.granted).containsExactly(first);
        server.release(11);
        assertThat(told.granted).containsExactly(first, second, third);
    }

    @Test
    void whoIsLetPastItsOwnBudgetKeepsItsTurnAtTheCommonOne() {
        assertThat(red.tryReserve(60)).isTrue();
        assertThat(server.tryReserve(40)).isTrue();
        BudgetWaiter first = told.ask(red, 50); // stands at red
        BudgetWaiter second = told.ask(blue, 30); // stands at server
        BudgetWaiter third = told.ask(server, 10);
        red.release(50); // first moves to server, ahead of the others
        assertThat(told.granted).containsExactly(first);
        server.release(30);
        assertThat(told.granted).containsExactly(first, second);
        server.release(10);
        assertThat(told.granted).containsExactly(first, second, third);
    }

    @Test
    void aWaiterStandsAgainAtABudgetThatFilledUpMeanwhile() {
        assertThat(server.tryReserve(100)).isTrue();
        BudgetWaiter first = told.ask(red, 40);
        BudgetWaiter second = told.ask(red, 40);
        BudgetWaiter third = told.ask(blue, 20);
        server.release(80);
        assertThat(told.granted)
                .as("second waits for red, and no longer for the server")
                .containsExactly(first, third);
        red.release(20);
        assertThat(told.granted).containsExactly(first, third, second);
    }

    @Test
    void aCancelledHeadLetsTheNextIn() {
        assertThat(server.tryReserve(90)).isTrue();
        BudgetWaiter head = told.ask(server, 50);
        BudgetWaiter next = told.ask(red, 10);
        assertThat(head.cancel()).isTrue();
        assertThat(head.cancel()).as("a second time").isFalse();
        assertThat(head.timeOut()).isFalse();
        assertThat(head).hasToString("request for 50 bytes of budget 'server', withdrawn");
        assertThat(told.granted).containsExactly(next);
        assertThat(server.stats().cancels()).isOne();
        assertThat(red.stats().cancels()).isZero();
    }

    @Test
    void aTimeoutIsACancelThatIsCountedApart() {
        assertThat(server.tryReserve(100)).isTrue();
        BudgetWaiter waiter = told.ask(red, 10);
        assertThat(waiter.timeOut()).isTrue();
        assertThat(red.stats().timeouts()).isOne();
        assertThat(server.stats().timeouts()).isOne();
        assertThat(server.stats().cancels()).isZero();
        server.release(100);
        assertThat(told.granted).isEmpty();
    }

    @Test
    void cancelledBetweenTheGrantAndTheTellingTheBytesGoBackAtOnce() {
        told.hold();
        BudgetWaiter request = told.ask(red, 60);
        BudgetWaiter next = told.ask(red, 60);
        assertThat(request.cancel()).isTrue();
        assertThat(next.isWaiting()).isFalse();
        assertThat(red.used()).isEqualTo(60);
        told.runAll();
        assertThat(told.granted).containsExactly(next);
        assertThat(next.cancel()).as("the bytes are the listener's").isFalse();
        assertThat(red.used()).isEqualTo(60);
    }

    @Test
    void whatCanNeverBeMetIsRefusedAtOnce() {
        assertThatThrownBy(() -> told.ask(red, 61))
                .isInstanceOfSatisfying(BudgetExceededException.class, e -> {
                    assertThat(e.budgetName()).isEqualTo("red");
                    assertThat(e.askedBytes()).isEqualTo(61);
                    assertThat(e.limitBytes()).isEqualTo(60);
                })
                .hasMessage("more than the limit of budget 'red': asked=61, limit=60");
        MemoryBudget wide = server.child("wide", Long.MAX_VALUE);
        assertThatThrownBy(() -> told.ask(wide, 101))
                .hasMessage("more than the limit of budget 'server': asked=101, limit=100");
        assertThatThrownBy(() -> told.ask(red, 0)).hasMessage("bytes must be > 0: bytes=0");
        assertThat(server.stats().requests()).isZero();
    }

    @Test
    void aLimitThatShrinksFailsWhomItMakesImpossibleAndLetsInWhoWasBehind() {
        assertThat(server.tryReserve(90)).isTrue();
        BudgetWaiter large = told.ask(red, 50);
        BudgetWaiter small = told.ask(red, 10);
        red.setLimit(40);
        assertThat(told.failed).containsExactly(large);
        assertThat(told.failures.get(0))
                .isInstanceOf(BudgetExceededException.class)
                .hasMessage("more than the limit of budget 'red': asked=50, limit=40");
        assertThat(told.granted).containsExactly(small);
        assertThat(red.stats().failures()).isOne();
    }

    @Test
    void aLimitThatGrowsLetsWaitersIn() {
        assertThat(server.tryReserve(100)).isTrue();
        BudgetWaiter first = told.ask(red, 10);
        BudgetWaiter second = told.ask(blue, 10);
        server.setLimit(110);
        assertThat(told.granted).containsExactly(first);
        server.setLimit(Long.MAX_VALUE);
        assertThat(told.granted).containsExactly(first, second);
    }

    @Test
    void aCloseFailsWhoWaitsForTheBudgetOrOneBelow() {
        MemoryBudget request = red.child("request", 60);
        assertThat(server.tryReserve(100)).isTrue();
        BudgetWaiter atRequest = told.ask(request, 10);
        BudgetWaiter atBlue = told.ask(blue, 10);
        BudgetWaiter atRed = told.ask(red, 10);
        red.close();
        assertThat(told.failed).containsExactly(atRequest, atRed);
        assertThat(told.failures)
                .allSatisfy(failure -> assertThat(failure)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessage("budget 'red' is closed"));
        assertThatThrownBy(() -> told.ask(request, 1)).hasMessage("budget 'red' is closed");
        server.release(100);
        assertThat(told.granted).containsExactly(atBlue);
        assertThat(server.used()).isEqualTo(10);
    }

    @Test
    void theOldestWaitIsSeen() {
        assertThat(server.oldestWaitNanos()).isZero();
        assertThat(server.tryReserve(100)).isTrue();
        BudgetWaiter first = told.ask(red, 10);
        nanos.addAndGet(500);
        BudgetWaiter second = told.ask(blue, 20);
        nanos.addAndGet(40);
        assertThat(server.oldestWaitNanos()).isEqualTo(540);
        assertThat(red.oldestWaitNanos()).isEqualTo(540);
        assertThat(blue.oldestWaitNanos()).isEqualTo(40);
        assertThat(server.waiting()).isEqualTo(2);
        assertThat(server.waitingBytes()).isEqualTo(30);
        assertThat(first.cancel()).isTrue();
        assertThat(server.oldestWaitNanos()).isEqualTo(40);
        assertThat(server).hasToString("budget 'server': 100 bytes used, limit 100, 1 waiting");
        assertThat(second.cancel()).isTrue();
    }

    @Test
    void aRefusalOfTheExecutorGivesTheBytesBackAndIsTold() {
        Executor shutDown = task -> {
            throw new RejectedExecutionException("shut down");
        };
        assertThat(server.tryReserve(100)).isTrue();
        BudgetWaiter refused = server.reserveAsync(40, shutDown, told);
        BudgetWaiter next = told.ask(server, 100);
        server.release(100);
        assertThat(told.failed).containsExactly(refused);
        assertThat(told.failures.get(0))
                .isInstanceOf(RejectedExecutionException.class)
                .hasMessage("shut down");
        assertThat(told.granted).containsExactly(next);
        assertThat(server.used()).isEqualTo(100);
    }

    @Test
    void aFailureIsToldEvenIfTheExecutorRefusesIt() {
        Executor shutDown = task -> {
            throw new RejectedExecutionException("shut down");
        };
        assertThat(red.tryReserve(60)).isTrue();
        BudgetWaiter waiter = red.reserveAsync(40, shutDown, told);
        red.close();
        assertThat(told.failed).containsExactly(waiter);
        assertThat(told.failures.get(0)).hasMessage("budget 'red' is closed");
        assertThat(told.failures.get(0).getSuppressed()).hasSize(1);
    }

    @Test
    void aListenerThatThrowsKeepsItsBytesAndHoldsUpNobody() {
        List<Throwable> uncaught = new ArrayList<>();
        BudgetListener broken = new BudgetListener() {
            @Override
            public void granted(BudgetWaiter waiter) {
                told.granted(waiter);
                throw new IllegalStateException("broken");
            }

            @Override
            public void failed(BudgetWaiter waiter, Throwable failure) {
                throw new AssertionError("was granted", failure);
            }
        };
        Thread thread = new Thread(() -> {
            assertThat(server.tryReserve(100)).isTrue();
            BudgetWaiter thrower = server.reserveAsync(30, Runnable::run, broken);
            BudgetWaiter next = told.ask(server, 70);
            server.release(100);
            assertThat(told.granted).containsExactly(thrower, next);
            assertThat(server.used()).isEqualTo(100);
        });
        thread.setUncaughtExceptionHandler((where, failure) -> uncaught.add(failure));
        Threads.runAlone(() -> {
            thread.start();
            thread.join(Threads.LIMIT.toMillis());
        });
        assertThat(uncaught)
                .singleElement()
                .satisfies(failure -> assertThat(failure).hasMessage("broken"));
    }

    @Test
    void anUncaughtExceptionHandlerThatThrowsLosesNobodyWhoIsDecided() {
        BudgetListener broken = new BudgetListener() {
            @Override
            public void granted(BudgetWaiter waiter) {
                told.granted(waiter);
                throw new IllegalStateException("broken");
            }

            @Override
            public void failed(BudgetWaiter waiter, Throwable failure) {
                throw new AssertionError("was granted", failure);
            }
        };
        assertThat(server.tryReserve(100)).isTrue();
        BudgetWaiter thrower = server.reserveAsync(30, Runnable::run, broken);
        BudgetWaiter next = told.ask(server, 30);
        BudgetWaiter last = told.ask(server, 40);
        Threads.runAlone(() -> {
            Thread.currentThread().setUncaughtExceptionHandler((where, failure) -> {
                throw new IllegalArgumentException("the handler, too");
            });
            assertThatThrownBy(() -> server.release(100)).hasMessage("the handler, too");
        });
        assertThat(told.granted).containsExactly(thrower);
        server.setLimit(100); // whatever comes next
        assertThat(told.granted).containsExactly(thrower, next, last);
    }

    @Test
    void aListenerThatReleasesAtOnceServesAMillionWithoutStack() {
        int waiters = 1_000_000;
        AtomicLong served = new AtomicLong();
        MemoryBudget one = MemoryBudget.create("one", 1);
        BudgetListener listener = new BudgetListener() {
            @Override
            public void granted(BudgetWaiter waiter) {
                served.incrementAndGet();
                one.release(1);
            }

            @Override
            public void failed(BudgetWaiter waiter, Throwable failure) {
                throw new AssertionError(failure);
            }
        };
        assertThat(one.tryReserve(1)).isTrue();
        BudgetWaiter last = null;
        for (int i = 0; i < waiters; i++) {
            last = one.reserveAsync(1, Runnable::run, listener);
        }
        assertThat(last).isNotNull();
        one.release(1);
        assertThat(served).hasValue(waiters);
        assertThat(one.used()).isZero();
    }

    @Test
    void aListenerMayAskAgain() {
        List<String> order = new ArrayList<>();
        BudgetListener second = listener(waiter -> order.add("second"));
        BudgetListener first = listener(waiter -> {
            order.add("first");
            waiter.budget().release(100);
            BudgetWaiter again = waiter.budget().reserveAsync(100, Runnable::run, second);
            order.add(again.isWaiting() ? "waits" : "granted, told when this one has returned");
        });
        assertThat(red.tryReserve(1)).isTrue();
        BudgetWaiter waiter = server.reserveAsync(100, Runnable::run, first);
        red.release(1);
        assertThat(order).containsExactly("first", "granted, told when this one has returned", "second");
        told.granted.addAll(List.of(waiter, waiter));
    }

    private static BudgetListener listener(java.util.function.Consumer<BudgetWaiter> onGrant) {
        return new BudgetListener() {
            @Override
            public void granted(BudgetWaiter waiter) {
                onGrant.accept(waiter);
            }

            @Override
            public void failed(BudgetWaiter waiter, Throwable failure) {
                throw new AssertionError(failure);
            }
        };
    }
}
