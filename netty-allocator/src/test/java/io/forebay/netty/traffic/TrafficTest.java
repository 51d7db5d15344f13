package io.forebay.netty.traffic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.netty.ForebayAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.junit.jupiter.api.Test;

/** The checks every traffic ends with do fail where they must. */
class TrafficTest {
    @Test
    void aBufferNobodyReleasedFailsTheTraffic() {
        var traffic = Traffic.witnessedOver(Transport.NIO);
        ByteBuf held = traffic.allocator().buffer(16);
        assertThatThrownBy(traffic::close).hasMessageContaining("never released");
        held.release();
    }

    @Test
    void aBufferNobodyReleasedFailsTheLedger() {
        try (var allocator = ForebayAllocator.create()) {
            ByteBuf held = allocator.directBuffer(16);
            try {
                assertThatThrownBy(() -> Ledger.closeClean(allocator)).hasMessageContaining("direct in use");
            } finally {
                held.release();
            }
        }
    }

    @Test
    void anExceptionNobodyHandledFailsTheTraffic() {
        var traffic = Traffic.over(Transport.NIO);
        Channel server = traffic.serve(pipeline -> {});
        traffic.connect(server, pipeline -> pipeline.addLast(new ThrowWhenClosed()));
        assertThatThrownBy(traffic::close).hasMessageContaining("thrown on purpose");
    }

    @Test
    void aWrongByteFailsTheArrival() {
        var arrival = new Arrival(new byte[] {1, 2, 3});
        arrival.accept(Unpooled.wrappedBuffer(new byte[] {1, 2}));
        assertThat(arrival.complete()).isNotDone();
        arrival.accept(Unpooled.wrappedBuffer(new byte[] {4}));
        assertThat(arrival.complete()).isCompletedExceptionally();
    }

    @Test
    void theWitnessKnowsWhatIsHeld() {
        var witness = new WitnessAllocator(new UnpooledByteBufAllocator(/* preferDirect= */ false));
        witness.directBuffer(1).release();
        witness.heapBuffer(1, 2).release();
        witness.verifyAllReleased();
        ByteBuf held = witness.ioBuffer(1).writeByte(1);
        assertThatThrownBy(witness::verifyAllReleased).hasMessageContaining("never released");
        held.release();
    }

    private static final class ThrowWhenClosed extends ChannelInboundHandlerAdapter {
        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            throw new IllegalStateException("thrown on purpose");
        }
    }
}
