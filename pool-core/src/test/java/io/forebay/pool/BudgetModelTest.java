package io.forebay.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random programs on a tree of budgets and on its {@link BudgetModel}: after every step both say the same. */
class BudgetModelTest {
    private static final int STEPS = 20_000;
    private static final long[] LIMITS = {100, 60, 60, 30, Long.MAX_VALUE};
    private static final int[] PARENTS = {-1, 0, 0, 1, 2};

    private final BudgetModel model = new BudgetModel();
    private final List<MemoryBudget> budgets = new ArrayList<>();
    private final Map<BudgetWaiter, Integer> ids = new HashMap<>();
    private final List<BudgetWaiter> waiters = new ArrayList<>(); // by number
    private final BudgetRecorder told = new BudgetRecorder().hold();
    private final List<Charge> charges = new ArrayList<>();
    private int grantsSeen;

    private record Charge(int budget, long bytes) {}

    private void plant() {
        for (int i = 0; i < LIMITS.length; i++) {
            boolean isRoot = PARENTS[i] < 0;
            budgets.add(
                    isRoot
                            ? MemoryBudget.create("b" + i, LIMITS[i])
                            : budgets.get(PARENTS[i]).child("b" + i, LIMITS[i]));
            BudgetModel.Node node = model.add(isRoot ? null : model.nodes.get(PARENTS[i]), LIMITS[i]);
            assertThat(node.used).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void everyStepEndsWhereTheModelDoes(long seed) {
        plant();
        Random random = new Random(seed);
        for (int step = 0; step < STEPS; step++) {
            step(random);
            compare("seed " + seed + ", step " + step);
        }
        assertThat(told.granted).hasSizeGreaterThan(1_000);
        assertThat(told.failed).isNotEmpty();
        restoreAndDrain();
    }

    private void step(Random random) {
        int at = random.nextInt(budgets.size());
        long bytes = 1L + (random.nextInt(4) == 0 ? random.nextInt(60) : random.nextInt(12));
        switch (random.nextInt(9)) {
            case 0, 1 -> tryReserve(at, bytes);
            case 2, 3 -> ask(at, bytes);
            case 4, 5, 6 -> release(random);
            case 7 -> cancel(random);
            case 8 -> setLimit(random, at);
            default -> throw new IllegalStateException();
        }
    }

    private void tryReserve(int at, long bytes) {
        boolean reserved = budgets.get(at).tryReserve(bytes);
        assertThat(reserved).isEqualTo(model.tryReserve(model.nodes.get(at), bytes));
        if (reserved) {
            charges.add(new Charge(at, bytes));
        }
    }

    private void ask(int at, long bytes) {
        int id = waiters.size();
        boolean accepted;
        try {
            BudgetWaiter waiter = told.ask(budgets.get(at), bytes);
            ids.put(waiter, id);
            waiters.add(waiter);
            accepted = true;
        } catch (BudgetExceededException e) {
            accepted = false;
        }
        assertThat(accepted).isEqualTo(model.ask(id, model.nodes.get(at), bytes));
    }

    private void release(Random random) {
        if (!charges.isEmpty()) {
            Charge charge = charges.remove(random.nextInt(charges.size()));
            budgets.get(charge.budget()).release(charge.bytes());
            model.release(model.nodes.get(charge.budget()), charge.bytes());
        }
    }

    private void cancel(Random random) {
        if (!model.waits.isEmpty()) {
            int id = model.waits.get(random.nextInt(model.waits.size())).id();
            assertThat(waiters.get(id).cancel()).isTrue();
            assertThat(model.cancel(id)).isTrue();
        }
    }

    private void setLimit(Random random, int at) {
        long limit = at == 4 || random.nextInt(3) > 0 ? LIMITS[at] : random.nextInt(120);
        budgets.get(at).setLimit(limit);
        model.setLimit(model.nodes.get(at), limit);
    }

    private void compare(String when) {
        told.runAll();
        assertThat(told.granted).as(when).hasSameSizeAs(model.granted);
        while (grantsSeen < told.granted.size()) {
            BudgetWaiter waiter = told.granted.get(grantsSeen);
            assertThat(ids.get(waiter)).as(when).isEqualTo(model.granted.get(grantsSeen));
            charges.add(new Charge(budgets.indexOf(waiter.budget()), waiter.bytes()));
            grantsSeen++;
        }
        assertThat(told.failed).as(when).extracting(ids::get).containsExactlyElementsOf(model.failed);
        for (int i = 0; i < budgets.size(); i++) {
            assertThat(budgets.get(i).used()).as("%s, budget %s", when, i).isEqualTo(model.nodes.get(i).used);
        }
        assertThat(budgets.get(0).waiting()).as(when).isEqualTo(model.waits.size());
    }

    private void restoreAndDrain() {
        for (int i = 0; i < LIMITS.length; i++) {
            budgets.get(i).setLimit(LIMITS[i]);
        }
        told.runAll();
        while (budgets.get(0).used() > 0) {
            for (; grantsSeen < told.granted.size(); grantsSeen++) {
                BudgetWaiter waiter = told.granted.get(grantsSeen);
                charges.add(new Charge(budgets.indexOf(waiter.budget()), waiter.bytes()));
            }
            Charge charge = charges.remove(0);
            budgets.get(charge.budget()).release(charge.bytes());
            told.runAll();
        }
        assertThat(budgets).allMatch(budget -> budget.used() == 0 && budget.waiting() == 0);
    }
}
