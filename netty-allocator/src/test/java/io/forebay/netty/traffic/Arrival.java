package io.forebay.netty.traffic;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufHolder;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.DecoderResultProvider;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;

/** The end of a pipeline: compares what arrives with what must arrive, byte by byte and by hash. */
final class Arrival extends SimpleChannelInboundHandler<Object> {
    private final byte[] expected;
    private final MessageDigest digest = sha256();
    private final CompletableFuture<Void> complete = new CompletableFuture<>();
    private int position;

    Arrival(byte[] expected) {
        this.expected = expected;
    }

    /** Done once all expected bytes have arrived, failed at the first difference. */
    CompletableFuture<Void> complete() {
        return complete;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, Object message) {
        if (message instanceof DecoderResultProvider decoded
                && decoded.decoderResult().isFailure()) {
            complete.completeExceptionally(decoded.decoderResult().cause());
        } else if (message instanceof ByteBuf buffer) {
            accept(buffer);
        } else if (message instanceof ByteBufHolder holder) {
            accept(holder.content());
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        complete.completeExceptionally(new ClosedChannelException());
        ctx.fireChannelInactive();
    }

    /** Compares the readable bytes with the next expected ones; the caller keeps the buffer. */
    void accept(ByteBuf buffer) {
        int length = buffer.readableBytes();
        if (length > expected.length - position || !matches(buffer, length)) {
            complete.completeExceptionally(
                    new AssertionError("unexpected bytes within " + length + " after " + position));
            return;
        }
        for (ByteBuffer view : buffer.nioBuffers()) {
            digest.update(view);
        }
        position += length;
        if (position == expected.length) {
            verifyHash();
        }
    }

    private boolean matches(ByteBuf buffer, int length) {
        return buffer.equals(Unpooled.wrappedBuffer(expected, position, length));
    }

    private void verifyHash() {
        byte[] received = digest.digest();
        if (Arrays.equals(received, sha256().digest(expected))) {
            complete.complete(null);
        } else {
            complete.completeExceptionally(
                    new AssertionError("hash differs: " + HexFormat.of().formatHex(received)));
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }
}
