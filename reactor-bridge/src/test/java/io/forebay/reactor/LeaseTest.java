package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LeaseTest {
    private final Buffers buffers = new Buffers();

    @AfterEach
    void nothingLeaked() {
        buffers.close();
    }

    @Test
    void closeReleasesOnceHoweverOftenItIsCalled() {
        try (Buffers shared = new Buffers(/* references= */ 2)) {
            Lease lease = shared.lease((byte) 1);
            lease.close();
            lease.close();
            lease.dispose();
            assertThat(lease.isDisposed()).isTrue();
        }
    }

    @Test
    void insideAnOperatorItEndsOnceToo() {
        try (Buffers shared = new Buffers(/* references= */ 2)) {
            Lease closed = Lease.adoptInside(shared.of((byte) 1));
            assertThat(closed.isDisposed()).isFalse();
            assertThat(closed).hasToString("lease on 1 bytes, held");
            closed.close();
            closed.close();
            assertThat(closed.isDisposed()).isTrue();
            assertThatThrownBy(closed::buffer).isInstanceOf(IllegalStateException.class);
            Lease detached = Lease.adoptInside(shared.of((byte) 1));
            detached.detach().release();
            detached.close();
            assertThatThrownBy(detached::detach).isInstanceOf(IllegalStateException.class);
            Lease letOut = Lease.adoptInside(shared.of((byte) 1)).letOut();
            assertThat(letOut.isInside()).isFalse();
            letOut.close();
            assertThat(letOut.letOut().isDisposed()).isTrue();
        }
    }

    @Test
    void useAfterCloseThrows() {
        Lease lease = buffers.lease((byte) 1);
        lease.close();
        assertThatThrownBy(lease::buffer)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        assertThatThrownBy(lease::detach).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(lease::retain).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> lease.slice(0, 1)).isInstanceOf(IllegalStateException.class);
        assertThat(lease).hasToString("lease on 1 bytes, closed");
    }

    @Test
    void detachHandsTheReferenceOver() {
        Lease lease = buffers.lease((byte) 1);
        ByteBuf buffer = lease.detach();
        lease.close();
        assertThat(buffer.refCnt()).isEqualTo(1);
        assertThatThrownBy(lease::detach)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("twice");
        assertThatThrownBy(lease::buffer).isInstanceOf(IllegalStateException.class);
        buffer.release();
    }

    @Test
    void aSecondLeaseLivesOnAndHasItsOwnIndices() {
        Lease first = buffers.lease((byte) 1, (byte) 2);
        Lease second = first.retain();
        first.buffer().readByte();
        first.close();
        assertThat(second.buffer().readByte()).isEqualTo((byte) 1);
        assertThat(second.capacityCost()).isEqualTo(2);
        second.close();
    }

    @Test
    void aSliceKeepsTheMemoryAndCostsAllOfIt() {
        Lease whole = buffers.lease((byte) 1, (byte) 2, (byte) 3);
        Lease part = whole.slice(1, 1);
        whole.close();
        assertThat(part.buffer().readableBytes()).isEqualTo(1);
        assertThat(part.buffer().readByte()).isEqualTo((byte) 2);
        assertThat(part.capacityCost()).isEqualTo(3);
        part.close();
    }

    @Test
    void aSliceOutsideTheBufferTakesNoReference() {
        Lease whole = buffers.lease((byte) 1);
        assertThatThrownBy(() -> whole.slice(0, 2)).isInstanceOf(IndexOutOfBoundsException.class);
        whole.close();
    }

    @Test
    void whatIsLentIsKeptByAReferenceOfItsOwn() {
        ByteBuf lent = buffers.of((byte) 1);
        Lease lease = Lease.own(lent);
        lent.release();
        assertThat(lease.buffer().readByte()).isEqualTo((byte) 1);
        lease.close();
    }

    @Test
    @SuppressWarnings("NullAway") // is what is tested
    void nullIsRefused() {
        assertThatThrownBy(() -> Lease.adopt(null)).isInstanceOf(NullPointerException.class);
    }

    @Test
    void ofTwoClosesAndADetachOneWins() {
        for (int round = 0; round < 500; round++) {
            try (Buffers shared = new Buffers(/* references= */ 2)) {
                Lease lease = shared.lease((byte) 1);
                Patience.race(lease::close, lease::close, () -> releaseDetached(lease));
            }
        }
    }

    private static void releaseDetached(Lease lease) {
        ByteBuf buffer;
        try {
            buffer = lease.detach();
        } catch (IllegalStateException closedBefore) {
            return;
        }
        buffer.release();
    }
}
