package io.forebay.netty.traffic;

import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.FullHttpResponse;
import java.nio.channels.ClosedChannelException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Posts bodies over one connection, so many at a time, and compares each answer with its request. */
final class Http1Caller extends SimpleChannelInboundHandler<FullHttpResponse> {
    private final List<byte[]> bodies;
    private final int depth;
    private final CompletableFuture<Void> complete = new CompletableFuture<>();
    private int asked;
    private int answered;

    /**
     * A caller.
     *
     * @param depth how many requests may wait for their answers; above 1 they are pipelined
     */
    Http1Caller(List<byte[]> bodies, int depth) {
        this.bodies = bodies;
        this.depth = depth;
    }

    CompletableFuture<Void> complete() {
        return complete;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        ctx.fireChannelActive();
        ask(ctx);
    }

    private void ask(ChannelHandlerContext ctx) {
        while (asked < bodies.size() && asked - answered < depth) {
            byte[] body = bodies.get(asked++);
            Outbound.write(ctx, Http1.post(ctx.alloc().buffer(body.length).writeBytes(body)));
        }
        ctx.flush();
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpResponse response) {
        byte[] received = ByteBufUtil.getBytes(response.content());
        if (!Arrays.equals(received, bodies.get(answered))) {
            complete.completeExceptionally(new AssertionError("answer " + answered + " differs: " + response));
        }
        answered++;
        if (answered == bodies.size()) {
            complete.complete(null);
        }
        ask(ctx);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        complete.completeExceptionally(new ClosedChannelException());
        ctx.fireChannelInactive();
    }
}
