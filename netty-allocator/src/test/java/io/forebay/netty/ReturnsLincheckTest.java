package io.forebay.netty;

import io.forebay.pool.MemoryBudget;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jetbrains.lincheck.Lincheck;
import org.junit.jupiter.api.Test;

/**
 * The ways home under Lincheck's model checker, which chooses the interleavings step by step. What must hold: what was
 * sent and not refused arrives once, however full the ring, and whoever ends it.
 */
class ReturnsLincheckTest {
    /** The steps are alike on every JDK: one looks at most. */
    private static final int INTERLEAVINGS = Runtime.version().feature() > 17 ? 100 : 400;

    private final HeapKind kind =
            new HeapKind(new MemoryLimit(MemoryBudget.create("test", Long.MAX_VALUE), Supplier::get));
    private List<PooledBuf> idle = new ArrayList<>(); // arrivals are on one thread
    private int doubles;

    @SuppressWarnings("NullAway") // no pool is asked for anything here
    private PooledBuf released() {
        PooledBuf buf = new HeapBuf(null, kind, 0, 64);
        buf.depart();
        return buf;
    }

    private void arrive(PooledBuf buf) {
        if (!buf.arrive()) {
            doubles++;
        } else {
            idle.add(buf);
        }
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new AssertionError(message);
        }
    }

    @Test
    void whatTwoThreadsSendArrives() {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            Returns returns = new Returns();
            idle = new ArrayList<>();
            PooledBuf mine = released();
            PooledBuf other = released();
            TwoThreads.run(
                    () -> {
                        returns.send(mine);
                        returns.take(1, this::arrive);
                    },
                    () -> returns.send(other));
            returns.takeAll(this::arrive);
            require(idle.size() == 2 && returns.isEmpty(), "arrived: " + idle.size());
        });
    }

    @Test
    void whatIsSentBesideAnEndArrivesOrIsRefused() {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            Returns returns = new Returns();
            idle = new ArrayList<>();
            List<PooledBuf> refused = new ArrayList<>();
            PooledBuf one = released();
            PooledBuf two = released();
            TwoThreads.run(
                    () -> {
                        returns.refuse(this::arrive);
                        returns.refuse(this::arrive);
                        returns.takeAll(this::arrive);
                    },
                    () -> {
                        for (PooledBuf buf : new PooledBuf[] {one, two}) {
                            if (!returns.send(buf)) {
                                refused.add(buf);
                            }
                        }
                    });
            require(idle.size() + refused.size() == 2, idle.size() + " arrived, " + refused.size() + " refused");
            require(!returns.send(released()), "sent after the end");
        });
    }

    @Test
    void oneBufferSentByTwoThatShouldNotArrivesOnce() {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            Returns returns = new Returns();
            idle = new ArrayList<>();
            doubles = 0;
            PooledBuf buf = released();
            TwoThreads.run(
                    () -> {
                        returns.send(buf);
                        returns.take(1, this::arrive);
                    },
                    () -> returns.send(buf));
            returns.takeAll(this::arrive);
            require(idle.size() == 1 && doubles == 1, idle.size() + " idle, seen again " + doubles);
        });
    }

    /** A list that moves from the overflow to the rest is in one of the two for whoever counts. */
    @Test
    void whatOverflowedIsCountedWhileItMoves() {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            ReturnRing refusing = new ReturnRing();
            refusing.refuse();
            Returns returns = new Returns(refusing);
            idle = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                returns.send(released());
            }
            long[] counted = {0};
            TwoThreads.run(() -> returns.take(1, this::arrive), () -> counted[0] = returns.size());
            require(counted[0] == 3 || counted[0] == 2, "counted: " + counted[0]);
            returns.takeAll(this::arrive);
            require(idle.size() == 3 && returns.size() == 0, "arrived: " + idle.size());
        });
    }

    @Test
    void moreThanTheRingHoldsArrivesToo() {
        Returns returns = new Returns();
        int many = 3 * ReturnRing.CAPACITY;
        for (int round = 0; round < 3; round++) { // around the ring
            idle = new ArrayList<>();
            for (int i = 0; i < many; i++) {
                require(returns.send(released()), "refused");
            }
            returns.takeAll(this::arrive);
            require(idle.size() == many && returns.isEmpty(), "arrived: " + idle.size());
        }
    }

    @Test
    void whatOverflowedArrivesInBatchesAndIsCountedMeanwhile() {
        Returns returns = new Returns();
        int many = ReturnRing.CAPACITY + 200;
        idle = new ArrayList<>();
        for (int i = 0; i < many; i++) {
            require(returns.send(released()), "refused");
        }
        int batch = 64;
        while (!returns.isEmpty()) {
            int before = idle.size();
            require(returns.take(batch, this::arrive) == idle.size() - before, "said and arrived");
            require(idle.size() - before <= 2 * batch, "at once: " + (idle.size() - before));
            require(returns.size() == many - idle.size(), "size: " + returns.size());
            List<PooledBuf> seen = new ArrayList<>();
            returns.forEach(seen::add);
            require(seen.size() == many - idle.size(), "seen: " + seen.size());
            if (idle.size() < many / 2) {
                require(returns.send(released()), "refused");
                many++;
            }
        }
        require(idle.size() == many && doubles == 0, "arrived: " + idle.size());
        require(returns.take(batch, this::arrive) == 0, "more");
    }
}
