package io.forebay.pool;

import java.util.List;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Test;

/** Interleavings of short programs on a chain that grows at the second push: see {@link DequeVerifier}. */
@Param(name = "item", gen = IntGen.class, conf = "1:99")
public class RingChainLincheckTest {
    /** A model checker's steps are alike on every JDK: one looks at most. */
    private static final int INVOCATIONS = Runtime.version().feature() > 17 ? 250 : 1_000;

    private final RingChain<Integer> chain = new RingChain<>(1, 4, capacity -> new RingDeque<>(capacity, -1));

    /** Lincheck makes an instance per run. */
    public RingChainLincheckTest() {}

    @Operation(nonParallelGroup = "owner")
    public int pushHead(int item) {
        chain.pushHead(item);
        return 1;
    }

    @Operation(nonParallelGroup = "owner")
    public int pushHeadTwo(int item) {
        chain.pushHead(new Object[] {item, item + 100}, 0, 2);
        return 2;
    }

    @Operation(nonParallelGroup = "owner")
    public List<Object> popHead() {
        return RingDequeLincheckTest.taken(chain.popHead());
    }

    @Operation(nonParallelGroup = "owner")
    public List<Object> popHeadTwo() {
        Object[] into = new Object[2];
        return RingDequeLincheckTest.taken(into, chain.popHead(into, 0, 2));
    }

    @Operation(nonParallelGroup = "owner")
    public int pushHeadAfterShrinking(int item) {
        chain.shrink();
        return pushHead(item);
    }

    @Operation
    public List<Object> popTail() {
        return RingDequeLincheckTest.taken(chain.popTail());
    }

    @Operation
    public List<Object> popTailTwo() {
        Object[] into = new Object[2];
        return RingDequeLincheckTest.taken(into, chain.popTail(into, 0, 2));
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
                        getClass(),
                        "pushHead:1",
                        List.of("pushHead:2 pushHead:3", "popTail", "popTail"),
                        "popHead popTail"))
                .addCustomScenario(Scenario.of(
                        getClass(),
                        "pushHeadTwo:1",
                        List.of("popHeadTwo pushHeadAfterShrinking:2", "popTail"),
                        "popTail popTail"))
                .checkObstructionFreedom(true)
                .verifier(DequeVerifier.Chain.class)
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
                .verifier(DequeVerifier.Chain.class)
                .check(getClass());
    }
}
