package io.forebay.pool;

import java.util.List;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Interleavings of short programs on a ring of two slots: see {@link DequeVerifier} for what has to hold. */
@Param(name = "item", gen = IntGen.class, conf = "1:99")
public class RingDequeLincheckTest {
    /** A model checker's steps are alike on every JDK: one looks at most. */
    private static final int INVOCATIONS = Runtime.version().feature() > 17 ? 250 : 1_000;

    /** One push short of the carry out of either index. */
    private static final int START = -1;

    private final RingDeque<Integer> ring = new RingDeque<>(DequeVerifier.Ring.CAPACITY, START);

    /** Lincheck makes an instance per run. */
    public RingDequeLincheckTest() {}

    @Operation(nonParallelGroup = "owner")
    public int pushHead(int item) {
        return ring.pushHead(item) ? 1 : 0;
    }

    @Operation(nonParallelGroup = "owner")
    public int pushHeadTwo(int item) {
        return ring.pushHead(new Object[] {item, item + 100}, 0, 2);
    }

    @Operation(nonParallelGroup = "owner")
    public List<Object> popHead() {
        return taken(ring.popHead());
    }

    @Operation(nonParallelGroup = "owner")
    public List<Object> popHeadTwo() {
        Object[] into = new Object[2];
        return taken(into, ring.popHead(into, 0, 2));
    }

    @Operation
    public List<Object> popTail() {
        return taken(ring.popTail());
    }

    @Operation
    public List<Object> popTailTwo() {
        Object[] into = new Object[2];
        return taken(into, ring.popTail(into, 0, 2));
    }

    static List<Object> taken(@Nullable Object item) {
        return item == null ? List.of() : List.of(item);
    }

    static List<Object> taken(Object[] into, int count) {
        return count == 2 ? List.of(into[0], into[1]) : taken(into[0]);
    }

    @Test
    void everyInterleavingIsThatOfADequeAndNoneWaits() {
        new ModelCheckingOptions()
                .threads(3)
                .actorsBefore(2)
                .actorsPerThread(2)
                .actorsAfter(3)
                .iterations(10)
                .invocationsPerIteration(INVOCATIONS)
                .addCustomScenario(Scenario.of(
                        getClass(), "pushHead:1", List.of("popHead pushHead:2", "popTail"), "popTail popTail"))
                .addCustomScenario(Scenario.of(
                        getClass(), "pushHeadTwo:1", List.of("pushHead:2 popHead", "popTailTwo", "popTail"), "popTail"))
                .checkObstructionFreedom(true)
                .verifier(DequeVerifier.Ring.class)
                .check(getClass());
    }

    @Test
    void underStressToo() {
        new StressOptions()
                .threads(3)
                .actorsBefore(2)
                .actorsPerThread(3)
                .actorsAfter(3)
                .iterations(5)
                .invocationsPerIteration(1_000)
                .verifier(DequeVerifier.Ring.class)
                .check(getClass());
    }
}
