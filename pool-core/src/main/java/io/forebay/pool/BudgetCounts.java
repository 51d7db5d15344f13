package io.forebay.pool;

import java.util.concurrent.atomic.LongAdder;

/** Counts what happened at one budget since it was made. */
final class BudgetCounts {
    final LongAdder grantsAtOnce = new LongAdder(); // requests and grants in one, and in neither of these
    final LongAdder requests = new LongAdder();
    final LongAdder waits = new LongAdder();
    final LongAdder grants = new LongAdder();
    final LongAdder failures = new LongAdder();
    final LongAdder cancels = new LongAdder();
    final LongAdder timeouts = new LongAdder();
    final LongAdder refusals = new LongAdder();
}
