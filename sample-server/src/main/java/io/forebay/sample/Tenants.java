package io.forebay.sample;

import io.forebay.pool.BudgetStats;
import io.forebay.pool.MemoryBudget;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;

/**
 * A memory budget for each tenant, below one for all of them. A tenant is made when it is first heard of, and forgotten
 * when it has been idle for a minute, or sooner if many others come: there are never more than {@link #MAX_TENANTS}.
 * Thread-safe.
 */
final class Tenants {
    static final int MAX_TENANTS = 1_000;
    static final long FORGET_AFTER_NANOS = TimeUnit.MINUTES.toNanos(1);

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,64}");

    private final MemoryBudget all;
    private final long tenantBytes;
    private final LongSupplier nanoClock;
    private final Map<String, Tenant> tenants =
            new LinkedHashMap<>(); // under the lock of this; the last to leave is last

    /**
     * Tenants that are yet to come.
     *
     * @param tenantBytes what each may use
     * @param allBytes what all may use together
     */
    Tenants(long tenantBytes, long allBytes, LongSupplier nanoClock) {
        this.all = MemoryBudget.create("tenants", allBytes);
        this.tenantBytes = tenantBytes;
        this.nanoClock = nanoClock;
    }

    /** The budget of all tenants together. */
    MemoryBudget all() {
        return all;
    }

    /**
     * What the function makes of a tenant's budget; the tenant is not forgotten while that runs.
     *
     * @throws Refusal if no tenant can have such a name
     */
    Flux<Void> using(String name, Function<MemoryBudget, Publisher<Void>> use) {
        if (!NAME.matcher(name).matches()) {
            throw Refusal.badRequest(
                    "a tenant's name has 1 to 64 letters, digits, '-' and '_', not escaped: name=" + name);
        }
        return Flux.using(() -> enter(name), tenant -> use.apply(tenant.budget()), this::leave);
    }

    private synchronized Tenant enter(String name) {
        Tenant known = tenants.get(name);
        Tenant tenant = known == null ? add(name) : known;
        tenant.enter();
        return tenant;
    }

    private Tenant add(String name) {
        forgetIdle();
        if (tenants.size() >= MAX_TENANTS) {
            throw Refusal.later("more tenants at once than are served: tenants=" + tenants.size());
        }
        Tenant tenant = new Tenant(name, all.child(name, tenantBytes));
        tenants.put(name, tenant);
        return tenant;
    }

    private synchronized void leave(Tenant tenant) {
        tenant.leave(nanoClock.getAsLong());
        tenants.remove(tenant.name());
        tenants.put(tenant.name(), tenant);
    }

    private void forgetIdle() {
        long nowNanos = nanoClock.getAsLong();
        Iterator<Tenant> eldestFirst = tenants.values().iterator();
        while (eldestFirst.hasNext()) {
            Tenant tenant = eldestFirst.next();
            boolean isDue = tenants.size() >= MAX_TENANTS || tenant.idleNanos(nowNanos) > FORGET_AFTER_NANOS;
            if (isDue && tenant.isIdle()) {
                eldestFirst.remove();
            }
        }
    }

    synchronized int size() {
        forgetIdle();
        return tenants.size();
    }

    /** Of those that use most, at most so many. */
    List<BudgetStats> largest(int most) {
        return budgets().stream()
                .map(MemoryBudget::stats)
                .sorted(Comparator.comparingLong(BudgetStats::usedBytes)
                        .reversed()
                        .thenComparing(BudgetStats::name))
                .limit(most)
                .toList();
    }

    private synchronized List<MemoryBudget> budgets() {
        forgetIdle();
        return tenants.values().stream().map(Tenant::budget).toList();
    }
}
