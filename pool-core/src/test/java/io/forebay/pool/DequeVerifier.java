package io.forebay.pool;

import java.util.ArrayList;
import java.util.List;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionResult;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.kotlinx.lincheck.execution.HBClock;
import org.jetbrains.kotlinx.lincheck.util.LincheckResult;
import org.jetbrains.kotlinx.lincheck.util.ValueResult;
import org.jetbrains.lincheck.datastructures.verifier.Verifier;
import org.jspecify.annotations.Nullable;

/**
 * Looks for an order of the operations of a run in which a sequential deque gives the same answers. Lincheck's own
 * verifier does that for deterministic answers; two of ours are not: a push may be refused while a thief is at work, and
 * a chain's pop at the tail may miss while the owner pushes. Where nobody overlaps, the answer has to be exact.
 *
 * <p>By convention a test's pushes return how many of {@code item, item + 100} went in, its pops what they took, from
 * tail to head, and names ending in {@code Two} are batches of two.
 */
abstract class DequeVerifier implements Verifier {
    private final int capacity;
    private final boolean chained;

    private DequeVerifier(int capacity, boolean chained) {
        this.capacity = capacity;
        this.chained = chained;
    }

    /** Public for Lincheck, which makes it. */
    public static final class Ring extends DequeVerifier {
        static final int CAPACITY = 2;

        @SuppressWarnings("unused") // the specification is in this class
        public Ring(Class<?> specification) {
            super(CAPACITY, /* chained= */ false);
        }
    }

    /** Public for Lincheck, which makes it. */
    public static final class Chain extends DequeVerifier {
        @SuppressWarnings("unused") // the specification is in this class
        public Chain(Class<?> specification) {
            super(Integer.MAX_VALUE, /* chained= */ true);
        }
    }

    private record Step(
            String operation,
            int item,
            Object answer,
            @Nullable HBClock clock) {
        static Step of(Actor actor, LincheckResult result, @Nullable HBClock clock) {
            List<?> arguments = actor.getArguments();
            int item = arguments.isEmpty() ? 0 : (int) arguments.get(0);
            Object value = result instanceof ValueResult returned ? returned.getValue() : null;
            Object answer = value == null ? result : value; // an exception stands for itself
            return new Step(actor.getMethod().getName(), item, answer, clock);
        }

        int wanted() {
            return operation.endsWith("Two") ? 2 : 1;
        }

        boolean is(String prefix) {
            return operation.startsWith(prefix);
        }
    }

    @Override
    public boolean verifyResults(ExecutionScenario scenario, ExecutionResult results) {
        List<Step> before = sequential(scenario.getInitExecution(), results.getInitResults());
        List<Step> after = sequential(scenario.getPostExecution(), results.getPostResults());
        List<List<Step>> threads = new ArrayList<>();
        for (int t = 0; t < scenario.getParallelExecution().size(); t++) {
            List<Step> steps = new ArrayList<>();
            for (int i = 0; i < scenario.getParallelExecution().get(t).size(); i++) {
                var result = results.getParallelResultsWithClock().get(t).get(i);
                steps.add(Step.of(
                        scenario.getParallelExecution().get(t).get(i), result.getResult(), result.getClockOnStart()));
            }
            threads.add(steps);
        }
        List<Integer> items = applyAll(before, List.of());
        return items != null && search(threads, new int[threads.size()], items, after);
    }

    private static List<Step> sequential(List<Actor> actors, List<? extends LincheckResult> results) {
        List<Step> steps = new ArrayList<>();
        for (int i = 0; i < actors.size(); i++) {
            steps.add(Step.of(actors.get(i), results.get(i), null));
        }
        return steps;
    }

    /** Depth first over all orders that respect which operation had returned before which began. */
    private boolean search(List<List<Step>> threads, int[] done, List<Integer> items, List<Step> after) {
        boolean finished = true;
        for (int t = 0; t < done.length; t++) {
            if (done[t] == threads.get(t).size()) {
                continue;
            }
            finished = false;
            Step step = threads.get(t).get(done[t]);
            List<Integer> next = mayBegin(step, done) ? apply(step, items, overlapped(threads, t, done[t])) : null;
            if (next != null) {
                done[t]++;
                boolean found = search(threads, done, next, after);
                done[t]--;
                if (found) {
                    return true;
                }
            }
        }
        return finished && applyAll(after, items) != null;
    }

    private static boolean mayBegin(Step step, int[] done) {
        for (int t = 0; t < done.length; t++) {
            if (step.clock != null && step.clock.get(t) > done[t]) {
                return false;
            }
        }
        return true;
    }

    /** Whether an operation that can make the answer inexact ran at the same time. */
    private boolean overlapped(List<List<Step>> threads, int thread, int index) {
        Step step = threads.get(thread).get(index);
        String cause = step.is("push") ? "popTail" : "push";
        for (int t = 0; t < threads.size(); t++) {
            for (int i = 0; t != thread && i < threads.get(t).size(); i++) {
                Step other = threads.get(t).get(i);
                boolean ordered = step.clock == null
                        || other.clock == null
                        || step.clock.get(t) > i
                        || other.clock.get(thread) > index;
                if (!ordered && other.is(cause)) {
                    return true;
                }
            }
        }
        return false;
    }

    private @Nullable List<Integer> applyAll(List<Step> steps, List<Integer> items) {
        List<Integer> state = items;
        for (Step step : steps) {
            state = state == null ? null : apply(step, state, /* overlapped= */ false);
        }
        return state;
    }

    /** What the deque holds after {@code step}, or null if it could not have answered so. */
    private @Nullable List<Integer> apply(Step step, List<Integer> items, boolean overlapped) {
        if (step.answer instanceof Integer pushed) {
            return push(step, pushed, items, overlapped);
        }
        if (!(step.answer instanceof List<?> taken)) {
            return null; // it threw
        }
        int most = Math.min(step.wanted(), items.size());
        int least = chained ? Math.min(1, most) : most; // a chain's batch ends with the ring
        if (chained && overlapped && step.is("popTail")) {
            least = 0;
        }
        if (taken.size() > most || taken.size() < least) {
            return null;
        }
        int rest = items.size() - taken.size();
        boolean tail = step.is("popTail");
        List<Integer> expected = tail ? items.subList(0, taken.size()) : items.subList(rest, items.size());
        if (!expected.equals(taken)) {
            return null;
        }
        return tail ? items.subList(taken.size(), items.size()) : items.subList(0, rest);
    }

    private @Nullable List<Integer> push(Step step, int count, List<Integer> items, boolean overlapped) {
        int most = Math.min(step.wanted(), capacity - items.size());
        if (count > most || (count < most && !overlapped)) {
            return null;
        }
        List<Integer> next = new ArrayList<>(items);
        for (int i = 0; i < count; i++) {
            next.add(step.item + 100 * i);
        }
        return next;
    }
}
