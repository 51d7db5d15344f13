package io.forebay.netty.traffic;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.List;
import java.util.function.Function;

/** Sends a payload from the moment its channel is active, as fast as the channel takes it. */
final class Pump extends ChannelInboundHandlerAdapter {
    private final Payload payload;
    private final List<Object> before;
    private final Function<ByteBuf, Object> frame;
    private final List<Object> after;
    private final int vanishAt;
    private boolean pumping;
    private boolean ended;

    private Pump(
            Payload payload, List<Object> before, Function<ByteBuf, Object> frame, List<Object> after, int vanishAt) {
        this.payload = payload;
        this.before = before;
        this.frame = frame;
        this.after = after;
        this.vanishAt = vanishAt;
    }

    /** Sends bare buffers. */
    static Pump of(Payload payload) {
        return framed(payload, List.of(), buffer -> buffer, List.of());
    }

    /** Sends messages made of the buffers, with others before and after them. */
    static Pump framed(Payload payload, List<Object> before, Function<ByteBuf, Object> frame, List<Object> after) {
        return new Pump(payload, before, frame, after, Integer.MAX_VALUE);
    }

    /** The same, but closes the channel once so many bytes were written, whatever was sent of them. */
    Pump vanishingAt(int bytes) {
        return new Pump(payload, before, frame, after, bytes);
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        ctx.fireChannelActive();
        before.forEach(message -> Outbound.write(ctx, message));
        pump(ctx);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        ctx.fireChannelWritabilityChanged();
        pump(ctx);
    }

    // A write or flush may fire channelWritabilityChanged from within; writing there would put one message into the
    // middle of another that an encoder is still taking apart.
    private void pump(ChannelHandlerContext ctx) {
        if (pumping) {
            return;
        }
        pumping = true;
        while (mayWrite(ctx)) {
            writeUntilFull(ctx);
            ctx.flush();
        }
        pumping = false;
    }

    private boolean mayWrite(ChannelHandlerContext ctx) {
        return !ended && ctx.channel().isWritable() && ctx.channel().isActive();
    }

    private void writeUntilFull(ChannelHandlerContext ctx) {
        while (mayWrite(ctx)) {
            if (payload.position() >= vanishAt) {
                ended = true;
                Outbound.close(ctx);
            } else if (payload.isSpent()) {
                ended = true;
                after.forEach(message -> Outbound.write(ctx, message));
            } else {
                Outbound.write(ctx, frame.apply(payload.next(ctx.alloc())));
            }
        }
    }
}
