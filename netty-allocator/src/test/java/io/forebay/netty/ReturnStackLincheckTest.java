package io.forebay.netty;

import io.forebay.pool.MemoryBudget;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.function.Supplier;
import org.jetbrains.lincheck.Lincheck;
import org.junit.jupiter.api.Test;

/**
 * The stack on which buffers go home, under Lincheck's model checker, which chooses the interleavings step by step. What
 * must hold: what was pushed and not refused arrives once, whoever takes it.
 */
class ReturnStackLincheckTest {
    /** The steps are alike on every JDK: one looks at most. */
    private static final int INTERLEAVINGS = Runtime.version().feature() > 17 ? 250 : 1_000;

    private final HeapKind kind =
            new HeapKind(new MemoryLimit(MemoryBudget.create("test", Long.MAX_VALUE), Supplier::get));

    @SuppressWarnings("NullAway") // no pool is asked for anything here
    private PooledBuf released() {
        PooledBuf buf = new HeapBuf(null, kind, 0, 64);
        buf.depart();
        return buf;
    }

    /** Walks what was taken as a loop does; returns how many bore no mark. */
    private static int arrive(Object next, Set<PooledBuf> idle) {
        int doubles = 0;
        while (next instanceof PooledBuf buf) {
            next = buf.unlink();
            if (!buf.arrive()) {
                doubles++;
            } else if (!idle.add(buf)) {
                throw new AssertionError("made idle twice");
            }
        }
        return doubles;
    }

    private static Set<PooledBuf> newIdle() {
        return Collections.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>()));
    }

    private static void require(boolean condition, Supplier<String> message) {
        if (!condition) {
            throw new AssertionError(message.get());
        }
    }

    @Test
    void whatTwoThreadsPushTheLoopTakes() {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            ReturnStack stack = new ReturnStack();
            Set<PooledBuf> idle = newIdle();
            PooledBuf mine = released();
            PooledBuf other = released();
            TwoThreads.run(
                    () -> {
                        stack.push(mine);
                        arrive(stack.takeAll(), idle);
                    },
                    () -> stack.push(other));
            arrive(stack.takeAll(), idle);
            require(idle.size() == 2, () -> "arrived: " + idle.size());
            require(stack.isEmpty(), () -> "something was left");
        });
    }

    @Test
    void aCloseTakesOrRefusesEachBuffer() {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            ReturnStack stack = new ReturnStack();
            Set<PooledBuf> idle = newIdle();
            Set<PooledBuf> refused = newIdle();
            PooledBuf one = released();
            PooledBuf two = released();
            TwoThreads.run(
                    () -> {
                        arrive(stack.takeAll(), idle);
                        arrive(stack.close(), idle);
                    },
                    () -> {
                        for (PooledBuf buf : new PooledBuf[] {one, two}) {
                            if (!stack.push(buf)) {
                                refused.add(buf);
                            }
                        }
                    });
            require(idle.size() + refused.size() == 2, () -> idle.size() + " idle, " + refused.size() + " refused");
            require(!(stack.takeAll() instanceof PooledBuf), () -> "something lies on a closed stack");
        });
    }

    @Test
    void oneBufferPushedByTwoThatShouldNotArrivesOnce() {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            ReturnStack stack = new ReturnStack();
            Set<PooledBuf> idle = newIdle();
            PooledBuf buf = released();
            TwoThreads.run(
                    () -> {
                        stack.push(buf);
                        arrive(stack.takeAll(), idle);
                    },
                    () -> stack.push(buf));
            int doubles = arrive(stack.takeAll(), idle);
            require(idle.contains(buf), () -> "lost");
            require(doubles <= 1, () -> "seen " + doubles + " times without its mark");
        });
    }
}
