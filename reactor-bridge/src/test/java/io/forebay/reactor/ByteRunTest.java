package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.CompositeByteBuf;
import java.util.ArrayDeque;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ByteRunTest {
    private final Buffers buffers = new Buffers();
    private final ByteRun run = new ByteRun();

    @AfterEach
    void nothingLeaked() {
        run.close();
        buffers.close();
    }

    private void append(int... partBytes) {
        for (int bytes : partBytes) {
            run.append(buffers.lease(new byte[bytes]));
        }
    }

    @Test
    void isARowOfBytesHoweverTheyAreCut() {
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            ArrayDeque<Byte> model = new ArrayDeque<>();
            for (int step = 0; step < 30; step++) {
                if (random.nextBoolean()) {
                    byte[] bytes = new byte[random.nextInt(500)];
                    random.nextBytes(bytes);
                    run.append(buffers.lease(bytes));
                    for (byte value : bytes) {
                        model.addLast(value);
                    }
                } else {
                    takeSome(random, model);
                }
                assertThat(run.readableBytes()).isEqualTo(model.size());
            }
            run.close();
            buffers.check();
        }
    }

    private void takeSome(Random random, ArrayDeque<Byte> model) {
        int bytes = random.nextInt(Math.min(800, model.size()) + 1);
        if (random.nextInt(4) == 0) {
            run.skip(bytes);
            for (int i = 0; i < bytes; i++) {
                model.removeFirst();
            }
            return;
        }
        if (bytes > 0) {
            assertThat(run.byteAt(bytes - 1L))
                    .isEqualTo(model.stream().skip(bytes - 1L).findFirst().orElseThrow());
        }
        try (Lease taken = run.take(bytes)) {
            for (byte value : ByteBufUtil.getBytes(taken.buffer())) {
                assertThat(value).isEqualTo(model.removeFirst());
            }
        }
    }

    @Test
    void aSmallPieceThatIsCutIsCopiedAndKeepsNoMemory() {
        append(100, 100);
        run.skip(50);
        try (Lease taken = run.take(100)) {
            assertThat(taken.capacityCost()).isEqualTo(100);
            assertThat(buffers.open()).isEqualTo(1); // of which 50 bytes are left
        }
    }

    @Test
    void aLargePieceThatIsCutIsACompositeThatKeepsAllItIsMadeOf() {
        append(300, 300);
        run.skip(50);
        try (Lease taken = run.take(300)) {
            assertThat(taken.buffer()).isInstanceOf(CompositeByteBuf.class);
            assertThat(taken.capacityCost()).isEqualTo(600);
        }
    }

    @Test
    void slicesOfOneBufferAreReleasedEachOnceAndTheRestWithTheRun() {
        for (int buffer = 0; buffer < 3; buffer++) { // as many slices are expected as the one before had
            append(10);
            for (int slice = 0; slice < 9 - 3 * buffer; slice++) {
                run.take(1).close();
            }
            run.skip(run.readableBytes());
            assertThat(buffers.open()).isZero();
        }
        append(10);
        Lease kept = run.take(1);
        run.close();
        assertThat(buffers.open()).isEqualTo(1);
        kept.close();
    }

    @Test
    void ofALeaseThatSomebodyClosedNothingIsTakenAndNothingIsLost() {
        for (int partBytes : new int[] {10, 300}) { // a copy, a composite
            append(partBytes);
            Lease closed = buffers.lease(new byte[partBytes]);
            run.append(closed);
            append(partBytes);
            run.take(1).close();
            closed.close();
            assertThatThrownBy(() -> run.take(3 * partBytes - 1)).isInstanceOf(IllegalStateException.class);
            run.close();
            assertThat(buffers.open()).isZero();
        }
    }

    @Test
    void aSliceOfALeaseThatSomebodyClosedIsRefused() {
        Lease closed = buffers.lease(new byte[10]);
        run.append(closed);
        run.take(1).close();
        closed.close();
        assertThatThrownBy(() -> run.take(1)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aScopesLeasesStayTheScopes() {
        LeaseScope scope =
                new LeaseScope(ReactiveBufferPool.create(buffers, io.forebay.pool.MemoryBudget.create("test", 1000)));
        for (int partBytes : new int[] {10, 300}) {
            for (int i = 0; i < 2; i++) {
                ByteBuf buffer = buffers.of(new byte[partBytes]);
                run.append(scope.adopt(buffer));
            }
            assertThat(run.take(1).scope()).isSameAs(scope); // a slice
            assertThat(run.take(partBytes).scope()).isSameAs(scope); // a copy, or a composite
        }
        run.close();
        scope.end();
        assertThat(buffers.open()).isZero();
    }
}
