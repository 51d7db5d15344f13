package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.CompositeByteBuf;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;

/** Which pieces are filled as their parts come, and that nothing is lost where one is not filled to the end. */
class RechunkTest {
    private static final int PIECE_BYTES = 4096;

    private final Buffers buffers = new Buffers();
    private final Rechunk rechunk = new Rechunk(PIECE_BYTES);

    @AfterEach
    void nothingLeaked() {
        rechunk.close();
        buffers.close();
    }

    private void feed(int... partBytes) {
        for (int bytes : partBytes) {
            rechunk.feed(buffers.lease(new byte[bytes]));
        }
    }

    private Lease next() {
        assertThat(rechunk.hasNext()).isTrue();
        return rechunk.next();
    }

    @Test
    void smallPartsAreCopiedAndClosedAsTheyCome() {
        feed(1000);
        assertThat(buffers.made()).isEqualTo(1); // one part may be all there is
        feed(1000, 0, 1000, 1000);
        assertThat(buffers.open()).isEqualTo(1);
        assertThat(rechunk.hasNext()).isFalse();
        feed(1000);
        try (Lease piece = next()) {
            assertThat(piece.buffer().alloc()).isSameAs(buffers);
            assertThat(piece.buffer().isContiguous()).isTrue();
            assertThat(piece.buffer().readableBytes()).isEqualTo(PIECE_BYTES);
            assertThat(piece.capacityCost()).isEqualTo(PIECE_BYTES);
            assertThat(buffers.open()).isEqualTo(2); // and the rest of the last part
        }
        assertThat(rechunk.hasNext()).isFalse();
    }

    @Test
    void theLastPieceHasTheMemoryOfAWholeOne() {
        feed(1000, 500);
        rechunk.finish();
        try (Lease piece = next()) {
            assertThat(piece.buffer().readableBytes()).isEqualTo(1500);
            assertThat(piece.capacityCost()).isEqualTo(PIECE_BYTES);
        }
        assertThat(rechunk.hasNext()).isFalse();
    }

    @Test
    void whatIsLeftOfAFilledPieceIsNotCopiedWhereItIsAPieceItself() {
        feed(1000, 1000, 3 * PIECE_BYTES);
        next().close();
        int made = buffers.made();
        try (Lease piece = next()) {
            assertThat(piece.capacityCost()).isEqualTo(3 * PIECE_BYTES);
        }
        next().close();
        rechunk.finish();
        try (Lease rest = next()) {
            assertThat(rest.buffer().readableBytes()).isEqualTo(2000);
        }
        assertThat(buffers.made()).isEqualTo(made);
    }

    @Test
    void largePartsAreNotCopiedAsTheyCome() {
        Rechunk larger = new Rechunk(16_000);
        larger.feed(buffers.lease(new byte[3000]));
        larger.feed(buffers.lease(new byte[3000]));
        assertThat(buffers.open()).isEqualTo(2);
        larger.feed(buffers.lease(new byte[10_000]));
        try (Lease piece = larger.next()) {
            assertThat(piece.buffer()).isInstanceOf(CompositeByteBuf.class);
        }
        larger.close();
    }

    @Test
    void aLargePieceIsNotCopiedHoweverSmallItsParts() {
        Rechunk larger = new Rechunk(17_000);
        larger.feed(buffers.lease(new byte[100]));
        larger.feed(buffers.lease(new byte[100]));
        assertThat(buffers.open()).isEqualTo(2);
        larger.close();
    }

    @Test
    void whatComesBeforeAPieceIsTakenStaysInItsOrder() throws IOException {
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            Rechunk some = new Rechunk(1 + random.nextInt(3000));
            ByteArrayOutputStream in = new ByteArrayOutputStream();
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            for (int step = 0; step < 30; step++) {
                byte[] part = new byte[random.nextInt(random.nextBoolean() ? 200 : 4000)];
                random.nextBytes(part);
                in.write(part);
                some.feed(buffers.lease(part));
                while (random.nextBoolean() && some.hasNext()) {
                    takeInto(out, some);
                }
            }
            some.finish();
            while (some.hasNext()) {
                takeInto(out, some);
            }
            assertThat(out.toByteArray()).isEqualTo(in.toByteArray());
            buffers.check();
        }
    }

    private static void takeInto(ByteArrayOutputStream out, Rechunk from) throws IOException {
        try (Lease piece = from.next()) {
            out.write(ByteBufUtil.getBytes(piece.buffer()));
        }
    }

    @Test
    void whereTheAllocatorHasNoMemoryPartsAreKept() {
        List<Lease> made = new ArrayList<>();
        for (int part = 0; part < 9; part++) {
            made.add(buffers.lease(new byte[1000]));
        }
        made.subList(0, 5).forEach(rechunk::feed);
        buffers.refuse();
        try (Lease piece = next()) {
            assertThat(piece.buffer().isContiguous()).isTrue();
        }
        made.subList(5, 9).forEach(rechunk::feed);
        assertThat(buffers.open()).isEqualTo(5);
        try (Lease piece = next()) {
            assertThat(piece.buffer()).isInstanceOf(CompositeByteBuf.class);
            assertThat(piece.buffer().readableBytes()).isEqualTo(PIECE_BYTES);
        }
        rechunk.finish();
        try (Lease rest = next()) {
            assertThat(rest.buffer().readableBytes()).isEqualTo(9000 - 2 * PIECE_BYTES);
        }
    }

    @Test
    void aScopesLeasesStayTheScopesUntilAPieceIsTaken() {
        LeaseScope scope = new LeaseScope(ReactiveBufferPool.create(buffers, MemoryBudget.create("test", 1000)));
        rechunk.feed(scope.adopt(buffers.of(new byte[1000])));
        rechunk.feed(scope.adopt(buffers.of(new byte[1000])));
        scope.end();
        assertThat(buffers.open()).isZero();
    }

    @Test
    void aPieceThatIsFilledIsOfTheScopeOfAnyOfItsParts() {
        LeaseScope scope = new LeaseScope(ReactiveBufferPool.create(buffers, MemoryBudget.create("test", 1000)));
        feed(1000, 1000);
        rechunk.feed(scope.adopt(buffers.of(new byte[1000])));
        feed(1000, 1000, 1000, 1000, 1000, 1000);
        assertThat(next().scope()).isSameAs(scope);
        scope.end();
        try (Lease ofOthers = next()) {
            assertThat(ofOthers.scope()).isNull();
        }
    }

    @Test
    void whatIsChargedStaysChargedUntilAPieceIsTaken() {
        MemoryBudget budget = MemoryBudget.create("test", 1000);
        LeaseSource source = new LeaseSource(buffers, budget);
        for (int part = 0; part < 2; part++) {
            assertThat(budget.tryReserve(500)).isTrue();
            Lease lease = source.take(500, /* scope= */ null);
            lease.buffer().writeZero(500);
            rechunk.feed(lease);
        }
        assertThat(budget.used()).isEqualTo(1000);
        rechunk.close();
        assertThat(budget.used()).isZero();
    }

    @Test
    void ofALeaseThatSomebodyClosedNothingIsCopiedAndNothingIsLost() {
        Lease first = buffers.lease(new byte[1000]);
        rechunk.feed(first);
        first.close();
        Lease second = buffers.lease(new byte[1000]);
        assertThatThrownBy(() -> rechunk.feed(second)).isInstanceOf(IllegalStateException.class);
        second.close();
        rechunk.close();
        assertThat(buffers.open()).isZero();

        feed(1000, 1000);
        Lease third = buffers.lease(new byte[1000]);
        third.close();
        assertThatThrownBy(() -> rechunk.feed(third)).isInstanceOf(IllegalStateException.class);
        assertThat(buffers.open()).isEqualTo(1);
    }

    @Test
    void anErrorACancelAndAnEndLeaveNothingOfAPieceThatIsFilled() {
        List<Integer> pieces = new ArrayList<>();
        List<Throwable> errors = new ArrayList<>();
        for (String end : List.of("error", "cancel", "complete")) {
            TestPublisher<Lease> source = TestPublisher.create();
            Disposable subscription = source.flux()
                    .transform(ByteFlux.rechunk(PIECE_BYTES))
                    .transform(ByteFlux.asByteArray())
                    .subscribe(piece -> pieces.add(piece.length), errors::add);
            source.next(buffers.lease(new byte[1000]), buffers.lease(new byte[0]), buffers.lease(new byte[1000]));
            assertThat(buffers.open()).isEqualTo(1);
            switch (end) {
                case "error" -> source.error(new IOException("broken"));
                case "cancel" -> subscription.dispose();
                default -> source.complete();
            }
            assertThat(buffers.open()).isZero();
        }
        assertThat(pieces).containsExactly(2000);
        assertThat(errors).hasSize(1);
    }

    /** Of buffers that are in no lease, the rest of a large one does not make the next a copy. */
    @Test
    void afterSmallPartsLargeOnesAreNotCopiedForEver() {
        AtomicInteger made = new AtomicInteger();
        buffers.whenMade(buffer -> made.incrementAndGet());
        int large = 16 << 10;
        List<Integer> sizes = List.of(100, 100, large, large, large, large, large);
        Flux.fromIterable(sizes)
                .map(size -> buffers.of(new byte[size]))
                .transform(Leases.adopt())
                .transform(ByteFlux.rechunk(large))
                .transform(Leases.consume(ByteBuf::readableBytes))
                .as(StepVerifier::create)
                .expectNext(large, large, large, large, large, 200)
                .verifyComplete();
        assertThat(made.get()).isLessThanOrEqualTo(sizes.size() + 1); // one for the first piece
    }
}
