package io.forebay.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Users that hold bytes while they wait for more do not wait for one another for ever. */
class BudgetAccountTest {
    private final MemoryBudget server = MemoryBudget.create("server", 100);
    private final BudgetRecorder told = new BudgetRecorder();

    private static BudgetAccount holding(MemoryBudget budget, String name, long bytes) {
        BudgetAccount account = budget.account(name);
        assertThat(account.tryReserve(bytes)).isTrue();
        return account;
    }

    @Test
    void anAccountKnowsWhatItHolds() {
        BudgetAccount frame = holding(server, "frame", 30);
        assertThat(frame.budget()).isSameAs(server);
        assertThat(frame.name()).isEqualTo("frame");
        told.ask(frame, 20);
        assertThat(frame.held()).isEqualTo(50);
        assertThat(server.used()).isEqualTo(50);
        assertThat(frame).hasToString("account 'frame' of budget 'server': 50 bytes held");
        frame.release(50);
        assertThat(server.used()).isZero();
    }

    @Test
    void releasingMoreThanItHoldsThrowsAndChangesNothing() {
        BudgetAccount frame = holding(server, "frame", 30);
        assertThat(server.tryReserve(30)).isTrue();
        assertThatThrownBy(() -> frame.release(31))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("released more than is held (released twice?): account 'frame' of budget 'server',"
                        + " released=31, held=30");
        assertThat(frame.held()).isEqualTo(30);
        assertThat(server.used()).isEqualTo(60);
    }

    @Test
    void anAccountWaitsForOneRequestAtATime() {
        BudgetAccount frame = server.account("frame");
        assertThat(server.tryReserve(100)).isTrue();
        BudgetWaiter first = told.ask(frame, 10);
        assertThatThrownBy(() -> told.ask(frame, 10))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("account 'frame' waits already");
        assertThat(first.cancel()).isTrue();
        assertThatThrownBy(() -> told.ask(frame, 101)).isInstanceOf(BudgetExceededException.class);
        assertThat(told.ask(frame, 10).cancel()).isTrue();
    }

    @Test
    void aRequestThatEndsInAnErrorLeavesNothingBehindAndTheAccountMayAskAgain() {
        AtomicBoolean isFull = new AtomicBoolean(true);
        MemoryBudget full = MemoryBudget.create("full", 100, () -> {
            if (isFull.get()) {
                throw new OutOfMemoryError("made up");
            }
            return 0;
        });
        assertThat(full.tryReserve(100)).isTrue();
        BudgetAccount frame = full.account("frame");
        assertThatThrownBy(() -> told.ask(frame, 10)).isInstanceOf(OutOfMemoryError.class);
        isFull.set(false);
        assertThat(full.waiting()).isZero();
        assertThat(full.waitingBytes()).isZero();
        assertThat(full.stats().requests()).isZero();
        BudgetWaiter again = told.ask(frame, 10);
        assertThat(full.waiting()).isOne();
        full.release(100);
        assertThat(told.granted).containsExactly(again);
        assertThat(full.tryReserve(90)).isTrue();
        assertThat(frame.held()).isEqualTo(10);
    }

    @Test
    void anAccountThatWaitsForItselfFailsAtOnce() {
        BudgetAccount frame = holding(server, "frame", 60);
        BudgetWaiter request = told.ask(frame, 50);
        assertThat(told.failed).containsExactly(request);
        assertThat(told.failures.get(0))
                .isInstanceOfSatisfying(BudgetDeadlockException.class, e -> {
                    assertThat(e.budgetName()).isEqualTo("server");
                    assertThat(e.accountName()).isEqualTo("frame");
                    assertThat(e.askedBytes()).isEqualTo(50);
                    assertThat(e.heldBytes()).isEqualTo(60);
                })
                .hasMessage(
                        "those who wait hold what is waited for: account 'frame' holds 60 bytes and asks for 50 more"
                                + " of budget 'server', whose limit is 100");
    }

    @Test
    void ofTwoThatWaitForEachOtherTheNewerFailsAndTheOlderIsServed() {
        BudgetAccount older = holding(server, "older", 50);
        BudgetAccount newer = holding(server, "newer", 50);
        BudgetWaiter first = told.ask(older, 10);
        assertThat(first.isWaiting()).as("newer may still release").isTrue();
        BudgetWaiter second = told.ask(newer, 10);
        assertThat(told.failed).containsExactly(second);
        newer.release(50);
        assertThat(told.granted).containsExactly(first);
    }

    @Test
    void whoHoldsNothingIsNotMadeToPay() {
        BudgetAccount frame = holding(server, "frame", 50);
        assertThat(server.tryReserve(50)).isTrue();
        BudgetWaiter innocent = told.ask(server, 60);
        BudgetWaiter behind = told.ask(frame, 10);
        assertThat(told.failed)
                .as("60 never come together, as frame waits behind")
                .containsExactly(behind);
        server.release(50);
        frame.release(50);
        assertThat(told.granted).containsExactly(innocent);
    }

    @Test
    void thoseWhoWaitForOthersThatDoNotWaitAreLeftAlone() {
        BudgetAccount frame = holding(server, "frame", 30);
        assertThat(server.tryReserve(70)).isTrue();
        BudgetWaiter request = told.ask(frame, 70);
        assertThat(request.isWaiting()).isTrue();
        server.release(70);
        assertThat(told.granted).containsExactly(request);
    }

    @Test
    void aDeadlockAcrossBudgetsIsSeen() {
        MemoryBudget tenant = server.child("tenant", 50);
        BudgetAccount one = holding(tenant, "one", 20);
        BudgetAccount two = holding(tenant, "two", 20);
        BudgetAccount three = holding(server, "three", 60);
        BudgetWaiter atServer = told.ask(two, 10); // for the bytes of three
        BudgetWaiter atTenant = told.ask(one, 30); // for the bytes of two
        assertThat(told.failed).as("three may still release").isEmpty();
        BudgetWaiter last = told.ask(three, 5); // behind two
        assertThat(told.failed).containsExactly(last);
        three.release(60);
        assertThat(told.granted).containsExactly(atServer);
        two.release(30);
        assertThat(told.granted).containsExactly(atServer, atTenant);
    }

    @Test
    void aTenantThatWaitsForItsOwnLimitIsNotBlamedForTheServers() {
        MemoryBudget tenant = server.child("tenant", 50);
        BudgetAccount frame = holding(tenant, "frame", 40);
        assertThat(tenant.tryReserve(10)).isTrue();
        BudgetWaiter own = told.ask(frame, 10);
        assertThat(server.tryReserve(50)).isTrue();
        BudgetWaiter common = told.ask(server, 90);
        assertThat(told.failed)
                .as("frame gets on when the tenant's 10 come back")
                .isEmpty();
        tenant.release(10);
        assertThat(told.granted).containsExactly(own);
        frame.release(50);
        server.release(50);
        assertThat(told.granted).containsExactly(own, common);
    }

    @Test
    void whatIsReservedWhileARequestWaitsCountsToo() {
        MemoryBudget tenant = server.child("tenant", 100);
        BudgetAccount frame = holding(tenant, "frame", 10);
        MemoryBudget other = tenant.child("other", 100);
        assertThat(other.tryReserve(60)).isTrue();
        BudgetWaiter request = told.ask(frame, 50);
        assertThat(request.isWaiting()).isTrue();
        assertThat(frame.tryReserve(10)).as("not past its own request").isFalse();
        assertThat(told.failed).isEmpty();
        server.setLimit(55);
        assertThat(told.failed).containsExactly(request);
        assertThat(told.failures.get(0)).isInstanceOf(BudgetDeadlockException.class);
    }

    @Test
    void aGrantThatIsWithdrawnLeavesTheAccountToo() {
        BudgetAccount frame = server.account("frame");
        told.hold();
        BudgetWaiter request = told.ask(frame, 10);
        assertThat(frame.held()).isEqualTo(10);
        assertThat(request.cancel()).isTrue();
        assertThat(frame.held()).isZero();
        assertThat(server.used()).isZero();
    }

    /** Gathers bytes piece by piece, holds on to them, and starts afresh when it fails. */
    private static final class Gatherer implements BudgetListener {
        private final BudgetAccount account;
        private final ArrayDeque<Gatherer> ready;
        private final int pieces;
        private int got;
        private boolean done;

        Gatherer(BudgetAccount account, ArrayDeque<Gatherer> ready, int pieces) {
            this.account = account;
            this.ready = ready;
            this.pieces = pieces;
            ready.add(this);
        }

        void step() {
            if (got < pieces) {
                assertThat(account.reserveAsync(10, Runnable::run, this)).isNotNull();
                return;
            }
            done = true;
            account.release(got * 10L);
        }

        @Override
        public void granted(BudgetWaiter waiter) {
            got++;
            ready.add(this);
        }

        @Override
        public void failed(BudgetWaiter waiter, Throwable failure) {
            assertThat(failure).isInstanceOf(BudgetDeadlockException.class);
            if (got > 0) {
                account.release(got * 10L);
            }
            got = 0;
            ready.add(this);
        }
    }

    @Test
    void howeverManyGatherPieceByPieceAllFinish() {
        Random random = new Random(7);
        for (int round = 0; round < 200; round++) {
            MemoryBudget root = MemoryBudget.create("root", 100);
            List<MemoryBudget> budgets = List.of(root, root.child("a", 60), root.child("b", 60));
            ArrayDeque<Gatherer> ready = new ArrayDeque<>();
            List<Gatherer> all = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                MemoryBudget budget = budgets.get(random.nextInt(3));
                all.add(new Gatherer(budget.account("g" + i), ready, 1 + random.nextInt(6)));
            }
            int steps = 0;
            while (!ready.isEmpty() && steps++ < 100_000) {
                List<Gatherer> shuffled = new ArrayList<>(ready);
                Gatherer next = shuffled.get(random.nextInt(shuffled.size()));
                ready.remove(next);
                next.step();
            }
            assertThat(all).as("round %s", round).allMatch(gatherer -> gatherer.done);
            assertThat(root.used()).isZero();
            assertThat(root.waiting()).isZero();
        }
    }
}
