package io.forebay.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.pool.BudgetStats;
import io.forebay.pool.MemoryBudget;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

final class TenantsTest {
    private final AtomicLong nanos = new AtomicLong();
    private final Tenants tenants = new Tenants(100, 200, nanos::get);

    @Test
    void aTenantThatIsInUseIsKept() {
        Disposable exchange = enter("ann");
        nanos.addAndGet(10 * Tenants.FORGET_AFTER_NANOS);
        assertThat(tenants.size()).isEqualTo(1);
        exchange.dispose();
        assertThat(tenants.size()).as("from now on it is idle").isEqualTo(1);
    }

    @Test
    void anIdleTenantIsForgottenAfterAMinute() {
        enter("ann").dispose();
        nanos.addAndGet(Tenants.FORGET_AFTER_NANOS);
        assertThat(tenants.size()).isEqualTo(1);
        nanos.incrementAndGet();
        assertThat(tenants.size()).isZero();
    }

    @Test
    void aTenantWhoseBytesAreStillOutIsKept() {
        List<MemoryBudget> budgets = new ArrayList<>();
        tenants.using("ann", budget -> {
                    budgets.add(budget);
                    assertThat(budget.tryReserve(10)).isTrue();
                    return Mono.empty();
                })
                .blockLast();
        nanos.addAndGet(2 * Tenants.FORGET_AFTER_NANOS);
        assertThat(tenants.size()).isEqualTo(1);
        budgets.get(0).release(10);
        assertThat(tenants.size()).isZero();
        assertThat(tenants.all().used()).isZero();
    }

    @Test
    void twoExchangesOfATenantShareItsBudget() {
        Disposable one = enter("ann");
        Disposable two = enter("ann");
        assertThat(tenants.size()).isEqualTo(1);
        one.dispose();
        nanos.addAndGet(2 * Tenants.FORGET_AFTER_NANOS);
        assertThat(tenants.size()).as("the other is still here").isEqualTo(1);
        two.dispose();
    }

    @Test
    void whereMoreComeThanAreKeptTheIdleOnesGoFirst() {
        Disposable busy = enter("busy");
        for (int i = 0; i < 3 * Tenants.MAX_TENANTS; i++) {
            enter("tenant-" + i).dispose();
        }
        assertThat(tenants.size()).isLessThanOrEqualTo(Tenants.MAX_TENANTS);
        assertThat(tenants.largest(Tenants.MAX_TENANTS))
                .extracting(BudgetStats::name)
                .contains("busy");
        busy.dispose();
    }

    @Test
    void whereAllAreBusyAnotherIsRefused() {
        List<Disposable> busy = new ArrayList<>();
        for (int i = 0; i < Tenants.MAX_TENANTS; i++) {
            busy.add(enter("tenant-" + i));
        }
        assertThatThrownBy(
                        () -> tenants.using("one-more", budget -> Mono.empty()).blockLast())
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("tenants=1000");
        busy.forEach(Disposable::dispose);
        tenants.using("one-more", budget -> Mono.empty()).blockLast();
    }

    @Test
    void anExchangeThatCannotBeginLeavesItsTenant() {
        assertThatThrownBy(() -> tenants.using("ann", budget -> {
                            throw new IllegalStateException("cannot begin");
                        })
                        .blockLast())
                .hasMessage("cannot begin");
        nanos.addAndGet(2 * Tenants.FORGET_AFTER_NANOS);
        assertThat(tenants.size()).isZero();
    }

    @Test
    void theLargestAreThoseThatUseMost() {
        Disposable exchanges = enter("ann");
        List<MemoryBudget> budgets = new ArrayList<>();
        for (String name : List.of("bob", "cleo")) {
            tenants.using(name, budget -> {
                        budgets.add(budget);
                        return Mono.empty();
                    })
                    .blockLast();
        }
        assertThat(budgets.get(1).tryReserve(20)).isTrue();
        assertThat(tenants.largest(2)).extracting(BudgetStats::name).containsExactly("cleo", "ann");
        budgets.get(1).release(20);
        exchanges.dispose();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a/b", "a b", "ü"})
    void aBadNameIsRefused(String name) {
        assertThatThrownBy(() -> tenants.using(name, budget -> Mono.empty()))
                .isInstanceOf(Refusal.class)
                .hasMessageEndingWith("name=" + name);
    }

    private Disposable enter(String name) {
        return tenants.using(name, budget -> Mono.never()).subscribe();
    }
}
