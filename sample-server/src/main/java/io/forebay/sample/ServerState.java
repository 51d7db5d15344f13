package io.forebay.sample;

import io.forebay.pool.BudgetStats;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The state of a server as a person wants to see it, read anew by each call. */
record ServerState(ServerMemory memory, Tenants tenants, LongAdder requests) {
    /** One screen of a page that updates itself. */
    private static final int MOST_TENANTS = 20;

    private static final Path PROCESS_STATUS = Path.of("/proc/self/status");
    private static final Pattern RESIDENT = Pattern.compile("(?m)^VmRSS:\\s*([0-9]+) kB$");

    String toJson() {
        Json state = new Json()
                .put("allocator", memory.name())
                .put("uptimeMillis", ManagementFactory.getRuntimeMXBean().getUptime())
                .put("requests", requests.sum())
                .put("memory", memory.state())
                .put("budgets", budgets())
                .put("tenants", tenants.size());
        long residentBytes = residentBytes();
        return (residentBytes == 0 ? state : state.put("residentBytes", residentBytes)).toString();
    }

    private List<Json> budgets() {
        List<Json> budgets = new ArrayList<>();
        budgets.add(budget(tenants.all().stats()));
        tenants.largest(MOST_TENANTS).forEach(tenant -> budgets.add(budget(tenant)));
        return budgets;
    }

    private static Json budget(BudgetStats budget) {
        return new Json()
                .put("name", budget.name())
                .put("limit", budget.limitBytes())
                .put("used", budget.usedBytes())
                .put("peak", budget.peakBytes())
                .put("waiting", budget.waiting())
                .put("waitingBytes", budget.waitingBytes())
                .put("oldestWaitMillis", TimeUnit.NANOSECONDS.toMillis(budget.oldestWaitNanos()))
                .put("grants", budget.grants())
                .put("timeouts", budget.timeouts());
    }

    /** What the process has of physical memory; 0 where the system does not say so in Linux's way. */
    private static long residentBytes() {
        try {
            Matcher resident = RESIDENT.matcher(Files.readString(PROCESS_STATUS));
            return resident.find() ? 1024 * Long.parseLong(resident.group(1)) : 0;
        } catch (IOException otherSystem) {
            return 0;
        }
    }
}
