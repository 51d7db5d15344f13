package io.forebay.netty;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.IllegalReferenceCountException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A connection in this thread that copies what is written from the heap, and finds no memory for it when a test says so. */
class LimitGuardTest {
    private final ForebayAllocator allocator =
            ForebayAllocator.builder().maxMemory(4 << 20).build();
    private final List<ByteBuf> hoard = new ArrayList<>();
    private final Socket channel = new Socket();

    /** Copies as the channels of sockets do, step by step. */
    private static final class Socket extends EmbeddedChannel {
        @Override
        protected Object filterOutboundMessage(Object message) {
            ByteBuf buf = (ByteBuf) message;
            if (buf.isDirect() || !buf.isReadable()) {
                return buf;
            }
            ByteBuf copy = alloc().directBuffer(buf.readableBytes());
            copy.writeBytes(buf, buf.readerIndex(), buf.readableBytes());
            buf.release();
            return copy;
        }
    }

    /** Knows whether it is writing. */
    private static final class Writer extends ChannelOutboundHandlerAdapter {
        private boolean writes;

        @Override
        public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
            writes = true;
            var unused = context.write(message, promise);
            writes = false;
        }
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        channel.finishAndReleaseAll();
        giveAllBack();
        allocator.close();
        allocator.awaitTermination(Patience.LIMIT);
        MemoryStats direct = allocator.metric().direct();
        assertThat(direct.leaked() + direct.inUse()).isZero();
        assertThat(direct.created()).isEqualTo(direct.destroyed());
    }

    @Test
    void whoAnswersAFailedWriteWithAnotherLosesNothing() {
        guard();
        channel.pipeline().addLast(new HttpResponseEncoder());
        var head = channel.writeOneOutbound(new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK));
        assertThat(head.isDone()).isFalse();
        takeAllThereIs();
        ByteBuf body = text("a body");
        List<ChannelFuture> answers = new ArrayList<>();
        ChannelPromise failed = channel.newPromise().addListener(ended -> {
            giveAllBack(); // what the encoder writes a second time would find memory
            answers.add(channel.writeAndFlush(
                    new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.INTERNAL_SERVER_ERROR)));
        });
        assertThat(channel.write(body, failed)).isSameAs(failed);
        channel.runPendingTasks();
        assertThat(failed.cause()).isInstanceOf(MemoryLimitError.class);
        assertThat(answers)
                .singleElement()
                .satisfies(answer -> assertThat(answer.cause()) // the codec expects more of the body
                        .hasRootCauseInstanceOf(IllegalStateException.class));
        assertThat(body.refCnt()).isZero();
        assertThat(written()).isEqualTo("HTTP/1.1 200 OK\r\n\r\n");
    }

    /** Netty's own doing, in the version in use: its encoder releases what it had begun with, and may begin again. */
    @Test
    void aHeadThatFindsNoMemoryToGrowIsNotLostAndAnotherMayBeTried() {
        guard();
        channel.pipeline().addLast(new HttpResponseEncoder());
        ByteBuf small = allocator.directBuffer(256);
        takeAllThereIs();
        small.release();
        for (DefaultHttpResponse large : List.of(
                new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK),
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK))) {
            large.headers().set("large", "x".repeat(3_000));
            assertThat(channel.write(large).cause()).hasCauseInstanceOf(MemoryLimitError.class);
            assertThat(allocator.metric().direct().inUse()).isEqualTo(hoard.size());
        }
        var refusal = channel.writeOneOutbound(
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.SERVICE_UNAVAILABLE));
        assertThat(refusal.isDone()).isFalse();
        assertThat(written()).isEqualTo("HTTP/1.1 503 Service Unavailable\r\n\r\n");
    }

    @Test
    void itFailsWhenTheWriteIsOver() {
        guard();
        Writer writer = new Writer();
        channel.pipeline().addLast(writer);
        takeAllThereIs();
        ByteBuf buf = text("text");
        AtomicBoolean within = new AtomicBoolean(true);
        ChannelPromise failed = channel.newPromise().addListener(ended -> within.set(writer.writes));
        assertThat(channel.write(buf, failed)).isSameAs(failed);
        channel.runPendingTasks();
        assertThat(failed.cause()).isInstanceOf(MemoryLimitError.class);
        assertThat(within).isFalse();
        assertThat(buf.refCnt()).isZero();
    }

    @Test
    void aVoidPromiseTellsThePipeline() {
        guard();
        takeAllThereIs();
        var unused = channel.write(text("text"), channel.voidPromise());
        channel.runPendingTasks();
        assertThatExceptionOfType(MemoryLimitError.class).isThrownBy(channel::checkException);
    }

    @Test
    void aBufferThatWasReleasedFailsTheWrite() {
        guard();
        ByteBuf buf = allocator.heapBuffer().writeByte(1);
        buf.release();
        assertThat(channel.write(buf).cause()).isInstanceOf(IllegalReferenceCountException.class);
    }

    @Test
    void partsOfTheHeapAreCopiedOnce() {
        guard();
        CompositeByteBuf parts = allocator.compositeBuffer().addComponents(true, text("a"), text("b"));
        ByteBuf written = parts.retain();
        var unused = channel.writeOneOutbound(parts);
        assertThat(written.refCnt()).isOne();
        written.release();
        assertThat(written()).isEqualTo("ab");
    }

    @Test
    void nothingIsCopiedOfAnEmptyBuffer() {
        guard();
        ByteBuf empty = allocator.heapBuffer(0);
        takeAllThereIs();
        channel.writeOutbound(empty);
        assertThat(written()).isEmpty();
    }

    @Test
    void whatFindsMemoryIsWrittenInOrder() {
        guard();
        ByteBuf direct = allocator.directBuffer().writeBytes("b".getBytes(US_ASCII));
        List<ChannelFuture> writes = List.of(
                channel.write(text("a")), channel.write(direct), channel.write(text("c"), channel.newPromise()));
        var unused = channel.write(text("d"), channel.voidPromise());
        assertThat(writes).noneMatch(ChannelFuture::isDone);
        channel.flush();
        assertThat(writes).allMatch(ChannelFuture::isSuccess);
        assertThat(written()).isEqualTo("abcd");
    }

    @Test
    void aWriteCanBeCancelledBeforeItsFlush() {
        guard();
        ByteBuf buf = text("a");
        ChannelPromise promise = channel.newPromise();
        assertThat(channel.write(buf, promise)).isSameAs(promise);
        assertThat(promise.cancel(false)).isTrue();
        ChannelFuture next = channel.write(text("b"));
        channel.flush();
        assertThat(next.isSuccess()).isTrue();
        assertThat(written()).isEqualTo("b");
        assertThat(buf.refCnt()).isZero();
    }

    @Test
    void oneServesAnyNumberOfChannels() {
        LimitGuard guard = new LimitGuard();
        EmbeddedChannel other = new EmbeddedChannel(guard);
        channel.pipeline().addFirst(guard);
        assertThat(channel.pipeline().get(LimitGuard.class))
                .isSameAs(other.pipeline().get(LimitGuard.class));
        other.finishAndReleaseAll();
    }

    @Test
    void theGuardOfHttp2BringsOneUnlessThereIsOne() {
        channel.config().setAllocator(allocator);
        channel.pipeline().addLast(new Http2LimitGuard());
        assertThat(channel.pipeline().first()).isInstanceOf(LimitGuard.class);
        channel.pipeline().addLast(new Http2LimitGuard());
        assertThat(channel.pipeline().toMap().values())
                .filteredOn(LimitGuard.class::isInstance)
                .hasSize(1);
    }

    private void guard() {
        channel.config().setAllocator(allocator);
        channel.pipeline().addFirst(new LimitGuard());
    }

    private static ByteBuf text(String text) {
        return Unpooled.copiedBuffer(text, US_ASCII);
    }

    private String written() {
        StringBuilder written = new StringBuilder();
        channel.flush();
        for (ByteBuf buf = channel.readOutbound(); buf != null; buf = channel.readOutbound()) {
            written.append(buf.toString(US_ASCII));
            buf.release();
        }
        return written.toString();
    }

    private void takeAllThereIs() {
        for (int bytes = 4 << 20; bytes >= 16; bytes /= 2) {
            try {
                while (true) {
                    hoard.add(allocator.directBuffer(bytes));
                }
            } catch (MemoryLimitError none) {
                // the next size may fit
            }
        }
    }

    private void giveAllBack() {
        hoard.forEach(ByteBuf::release);
        hoard.clear();
    }
}
