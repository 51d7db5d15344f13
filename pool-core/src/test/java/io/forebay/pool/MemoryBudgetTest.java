package io.forebay.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** What a budget promises to those who do not wait. */
class MemoryBudgetTest {
    private final MemoryBudget server = MemoryBudget.create("server", 100);

    @Test
    void attemptsAreNotCountedButWhatTheyEndInIs() {
        MemoryBudget budget = MemoryBudget.create("budget", 10);
        assertThat(budget.attemptReserve(11)).isFalse();
        assertThat(budget.attemptReserve(10)).isTrue();
        assertThat(budget.attemptReserve(1)).isFalse();
        assertThat(budget.stats().refusals()).isZero();
        budget.countRefusal();
        assertThat(budget.stats().refusals()).isEqualTo(1);
        assertThatThrownBy(() -> budget.attemptReserve(0)).isInstanceOf(IllegalArgumentException.class);
        budget.close();
        assertThatThrownBy(() -> budget.attemptReserve(1)).isInstanceOf(IllegalStateException.class);
        budget.release(10);
    }

    @Test
    void itGrantsUpToItsLimitAndNoByteMore() {
        assertThat(server.tryReserve(60)).isTrue();
        assertThat(server.tryReserve(41)).isFalse();
        assertThat(server.used()).isEqualTo(60);
        assertThat(server.tryReserve(40)).isTrue();
        assertThat(server.tryReserve(1)).isFalse();
        assertThat(server.used()).isEqualTo(100);
        assertThat(server.available()).isZero();
        server.release(100);
        assertThat(server.used()).isZero();
        assertThat(server.available()).isEqualTo(100);
        assertThat(server.peak()).isEqualTo(100);
        assertThat(server.stats().refusals()).isEqualTo(2);
    }

    @Test
    void aChildIsChargedToAllAboveItOrNotAtAll() {
        MemoryBudget tenant = server.child("tenant", 80);
        MemoryBudget request = tenant.child("request", 70);
        assertThat(request.tryReserve(50)).isTrue();
        assertThat(used(request, tenant, server)).containsExactly(50, 50, 50);
        assertThat(server.tryReserve(40)).isTrue();
        assertThat(request.tryReserve(20)).as("the server has 10 left").isFalse();
        assertThat(used(request, tenant, server)).containsExactly(50, 50, 90);
        assertThat(request.available()).isEqualTo(10);
        assertThat(tenant.tryReserve(31)).as("the tenant has 30 left").isFalse();
        request.release(50);
        assertThat(used(request, tenant, server)).containsExactly(0, 0, 40);
        assertThat(server.stats().refusals()).isEqualTo(1);
        assertThat(tenant.stats().refusals()).isEqualTo(1);
        assertThat(request.stats().refusals()).isZero();
        server.release(40);
    }

    private static long[] used(MemoryBudget... budgets) {
        long[] used = new long[budgets.length];
        for (int i = 0; i < budgets.length; i++) {
            used[i] = budgets[i].used();
        }
        return used;
    }

    @Test
    void whatIsReservedAtOnceCountsAsARequestAndItsGrantAndElseNothingDoes() {
        MemoryBudget tenant = server.child("tenant", 80);
        assertThat(tenant.reserveAtOnce(60)).isTrue();
        assertThat(tenant.reserveAtOnce(21)).isFalse();
        assertThat(used(tenant, server)).containsExactly(60, 60);
        for (MemoryBudget budget : new MemoryBudget[] {tenant, server}) {
            assertThat(budget.stats().requests()).isEqualTo(1);
            assertThat(budget.stats().grants()).isEqualTo(1);
            assertThat(budget.stats().refusals()).isZero();
        }
        tenant.release(60);
        tenant.close();
        assertThat(tenant.reserveAtOnce(1)).isFalse();
        assertThatThrownBy(() -> tenant.reserveAtOnce(0)).isInstanceOf(IllegalArgumentException.class);
        assertThat(used(tenant, server)).containsExactly(0, 0);
    }

    @Test
    void whatIsReservedAtOnceUncountedIsCountedWhenItsOwnerSaysSo() {
        MemoryBudget tenant = server.child("tenant", 80);
        assertThat(tenant.reserveAtOnceUncounted(40)).isTrue();
        assertThat(tenant.reserveAtOnceUncounted(40)).isTrue();
        assertThat(tenant.reserveAtOnceUncounted(1)).isFalse();
        assertThatThrownBy(() -> tenant.reserveAtOnceUncounted(0)).isInstanceOf(IllegalArgumentException.class);
        assertThat(used(tenant, server)).containsExactly(80, 80);
        assertThat(tenant.stats().requests()).isZero();
        tenant.countReservedAtOnce(2);
        tenant.countReservedAtOnce(0);
        assertThatThrownBy(() -> tenant.countReservedAtOnce(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("requests=-1");
        for (MemoryBudget budget : new MemoryBudget[] {tenant, server}) {
            assertThat(budget.stats().requests()).isEqualTo(2);
            assertThat(budget.stats().grants()).isEqualTo(2);
        }
        tenant.release(80);
        tenant.close();
        assertThat(tenant.reserveAtOnceUncounted(1)).isFalse();
    }

    @Test
    void itKnowsItsNameItsParentAndItsLimit() {
        MemoryBudget tenant = server.child("tenant", 10);
        assertThat(tenant.name()).isEqualTo("tenant");
        assertThat(tenant.parent()).isSameAs(server);
        assertThat(server.parent()).isNull();
        assertThat(tenant.limit()).isEqualTo(10);
        assertThat(tenant).hasToString("budget 'tenant', below 'server': 0 bytes used, limit 10, 0 waiting");
        tenant.close();
        assertThat(tenant).hasToString("budget 'tenant', below 'server', closed: 0 bytes used, limit 10, 0 waiting");
    }

    @Test
    void withoutALimitItOnlyCounts() {
        MemoryBudget unlimited = MemoryBudget.create("all", Long.MAX_VALUE);
        assertThat(unlimited.limit()).isEqualTo(Long.MAX_VALUE);
        assertThat(unlimited.tryReserve(1L << 47)).isTrue();
        assertThat(unlimited.tryReserve(1L << 47)).as("more than 256 TiB").isFalse();
        assertThat(unlimited.tryReserve(Long.MAX_VALUE)).isFalse();
        assertThat(unlimited.used()).isEqualTo(1L << 47);
        assertThat(unlimited).hasToString("budget 'all': 140737488355328 bytes used, no limit, 0 waiting");
        unlimited.release(1L << 47);
    }

    @Test
    void aLimitOfZeroGrantsNothing() {
        MemoryBudget nothing = MemoryBudget.create("nothing", 0);
        assertThat(nothing.tryReserve(1)).isFalse();
        assertThat(nothing.available()).isZero();
    }

    @Test
    void aLimitBelowWhatIsInUseTakesNothingBackAndGrantsNothing() {
        assertThat(server.tryReserve(80)).isTrue();
        server.setLimit(50);
        assertThat(server.limit()).isEqualTo(50);
        assertThat(server.used()).isEqualTo(80);
        assertThat(server.available()).isZero();
        assertThat(server.tryReserve(1)).isFalse();
        server.release(40);
        assertThat(server.tryReserve(11)).isFalse();
        assertThat(server.tryReserve(10)).isTrue();
        server.release(50);
    }

    @Test
    void moreChangesOfTheLimitThanTheEpochHasBitsLeaveTheCountAlone() {
        assertThat(server.tryReserve(7)).isTrue();
        for (int i = 0; i < 200_000; i++) {
            server.setLimit(100 + i % 2);
        }
        assertThat(server.used()).isEqualTo(7);
        server.release(7);
        assertThat(server.used()).isZero();
    }

    @Test
    void bytesOfZeroOrLessAreRefusedByName() {
        assertThatThrownBy(() -> server.tryReserve(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("bytes must be > 0: bytes=0");
        assertThatThrownBy(() -> server.release(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("bytes must be > 0: bytes=-1");
        assertThatThrownBy(() -> MemoryBudget.create("bad", -1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("limitBytes must be >= 0: limitBytes=-1");
        assertThatThrownBy(() -> server.setLimit(-2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("limitBytes must be >= 0: limitBytes=-2");
    }

    @Test
    void releasingMoreThanIsInUseThrowsAndChangesNothing() {
        MemoryBudget tenant = server.child("tenant", 100);
        assertThat(tenant.tryReserve(10)).isTrue();
        assertThatThrownBy(() -> tenant.release(11))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("released more than is in use (released twice?): budget 'tenant', released=11, used=10");
        assertThat(used(tenant, server)).containsExactly(10, 10);
        tenant.release(10);
    }

    @Test
    void whatAChildReservedAndItsParentReleasedIsFoundAtTheNextRelease() {
        MemoryBudget tenant = server.child("tenant", 100);
        assertThat(tenant.tryReserve(10)).isTrue();
        server.release(10);
        assertThatThrownBy(() -> tenant.release(10))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("released more than is in use (released twice?): budget 'server', released=10, used=0");
        assertThat(used(tenant, server)).containsExactly(10, 0);
    }

    @Test
    void aClosedBudgetGrantsNothingAndStillTakesBack() {
        MemoryBudget tenant = server.child("tenant", 100);
        MemoryBudget request = tenant.child("request", 100);
        assertThat(request.tryReserve(10)).isTrue();
        tenant.close();
        tenant.close();
        assertThat(tenant.termination().toCompletableFuture()).isNotDone();
        assertThatThrownBy(() -> tenant.tryReserve(1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("budget 'tenant' is closed");
        assertThatThrownBy(() -> request.tryReserve(1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("budget 'tenant' is closed");
        assertThatThrownBy(() -> request.child("more", 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("budget 'tenant' is closed");
        assertThatThrownBy(() -> tenant.setLimit(1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("budget 'tenant' is closed");
        assertThat(used(request, tenant, server)).as("still charged").containsExactly(10, 10, 10);
        assertThat(tenant.available()).isZero();
        assertThat(server.tryReserve(90)).as("the parent goes on").isTrue();
        request.release(10);
        assertThat(used(request, tenant, server)).containsExactly(0, 0, 90);
        assertThat(tenant.termination().toCompletableFuture()).isCompleted();
        server.release(90);
    }

    @Test
    void aBudgetThatHoldsNothingTerminatesAtItsClose() {
        server.close();
        assertThat(server.termination().toCompletableFuture()).isCompleted();
    }
}
