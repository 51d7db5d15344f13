package io.forebay.sample;

import static io.forebay.sample.Patience.PATIENCE;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufMono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;

/** What a client got. */
final class Answer {
    private final HttpClientResponse response;
    private final byte[] bytes;

    private Answer(HttpClientResponse response, byte[] bytes) {
        this.response = response;
        this.bytes = bytes;
    }

    static Answer get(HttpClient client, String uri) {
        return ask(client, HttpMethod.GET, uri);
    }

    /** To a request without a body. */
    static Answer ask(HttpClient client, HttpMethod method, String uri) {
        return waitFor(client.request(method).uri(uri).responseSingle(Answer::read));
    }

    /** Waits for it; what fails on the way is thrown. */
    static Answer post(HttpClient client, String uri, Publisher<ByteBuf> body) {
        return waitFor(answerTo(client, uri, body));
    }

    static Mono<Answer> answerTo(HttpClient client, String uri, Publisher<ByteBuf> body) {
        return client.post().uri(uri).send(body).responseSingle(Answer::read);
    }

    private static Mono<Answer> read(HttpClientResponse response, ByteBufMono body) {
        return body.asByteArray().defaultIfEmpty(new byte[0]).map(bytes -> new Answer(response, bytes));
    }

    private static Answer waitFor(Mono<Answer> answer) {
        return answer.blockOptional(PATIENCE).orElseThrow(() -> new AssertionError("no answer"));
    }

    int status() {
        return response.status().code();
    }

    String header(CharSequence name) {
        return response.responseHeaders().get(name, "");
    }

    String contentType() {
        return header(HttpHeaderNames.CONTENT_TYPE);
    }

    byte[] bytes() {
        return bytes;
    }

    String body() {
        return new String(bytes, UTF_8);
    }

    @Override
    public String toString() {
        return status() + " " + body();
    }
}
