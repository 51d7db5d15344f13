package io.forebay.netty.traffic;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpContentCompressor;
import io.netty.handler.codec.http.HttpContentDecompressor;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.List;

/** HTTP/1.1: servers that answer every request with its own body, and the clients that ask them. */
final class Http1 {
    private static final int MAX_BODY = 4 << 20;
    private static final int UNLIMITED = 0;

    private Http1() {}

    /** Answers each request once its body is complete. */
    static void aggregatingServer(ChannelPipeline pipeline) {
        pipeline.addLast(new HttpServerCodec(), new HttpObjectAggregator(MAX_BODY), new EchoHandler(Http1::wholeReply));
    }

    /** Answers each piece of a body as it comes. */
    static void streamingServer(ChannelPipeline pipeline) {
        pipeline.addLast(new HttpServerCodec(), new EchoHandler(Http1::streamedReply));
    }

    /** Inflates what it reads and deflates what it answers. */
    static void compressingServer(ChannelPipeline pipeline) {
        pipeline.addLast(
                new HttpServerCodec(),
                new HttpContentDecompressor(UNLIMITED),
                new HttpContentCompressor(),
                new EchoHandler(Http1::streamedReply));
    }

    static void aggregatingClient(ChannelPipeline pipeline, Http1Caller caller) {
        pipeline.addLast(new HttpClientCodec(), new HttpObjectAggregator(MAX_BODY), caller);
    }

    static void streamingClient(ChannelPipeline pipeline, Payload payload, Arrival arrival) {
        pipeline.addLast(new HttpClientCodec(), upload(payload), arrival);
    }

    /** Sends a body that is already compressed, and inflates the answer. */
    static void compressingClient(ChannelPipeline pipeline, Payload gzipped, Arrival arrival) {
        HttpRequest head = chunkedPost();
        head.headers()
                .set(HttpHeaderNames.CONTENT_ENCODING, HttpHeaderValues.GZIP)
                .set(HttpHeaderNames.ACCEPT_ENCODING, HttpHeaderValues.GZIP);
        pipeline.addLast(new HttpClientCodec(), new HttpContentDecompressor(UNLIMITED), upload(gzipped, head), arrival);
    }

    /** A chunked upload. */
    static Pump upload(Payload payload) {
        return upload(payload, chunkedPost());
    }

    private static Pump upload(Payload payload, HttpRequest head) {
        return Pump.framed(
                payload, List.of(head), DefaultHttpContent::new, List.of(LastHttpContent.EMPTY_LAST_CONTENT));
    }

    /** A request with a body of known length. */
    static FullHttpRequest post(ByteBuf body) {
        var request = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, "/", body);
        HttpUtil.setContentLength(request, body.readableBytes());
        return request;
    }

    private static HttpRequest chunkedPost() {
        var request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, "/");
        HttpUtil.setTransferEncodingChunked(request, true);
        return request;
    }

    private static Object wholeReply(Object message) {
        ByteBuf body = ((FullHttpRequest) message).content();
        var response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK, body);
        HttpUtil.setContentLength(response, body.readableBytes());
        return response;
    }

    private static Object streamedReply(Object message) {
        if (!(message instanceof HttpRequest)) {
            return message;
        }
        var response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        HttpUtil.setTransferEncodingChunked(response, true);
        return response;
    }
}
