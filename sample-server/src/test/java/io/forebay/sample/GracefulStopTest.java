package io.forebay.sample;

import static io.forebay.sample.Patience.PATIENCE;
import static io.forebay.sample.Patience.WAIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

final class GracefulStopTest {
    @ParameterizedTest
    @EnumSource
    void anExchangeThatRunsWhenTheServerStopsIsFinished(Way way)
            throws InterruptedException, ExecutionException, TimeoutException {
        Sinks.One<String> answer = Sinks.one();
        CountDownLatch running = new CountDownLatch(1);
        TestServer server = TestServer.answering((request, response) -> {
            running.countDown();
            return response.sendString(answer.asMono());
        });
        CompletableFuture<String> body = server.client(way)
                .get()
                .uri("/")
                .responseContent()
                .aggregate()
                .asString()
                .toFuture();
        assertThat(running.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        CompletableFuture<Void> stop = CompletableFuture.runAsync(server::close);
        server.awaitRefusal();
        answer.tryEmitValue("in time").orThrow();
        assertThat(body.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isEqualTo("in time");
        stop.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @EnumSource
    void anExchangeThatOutlivesTheGraceIsCutOffAndItsBuffersComeBack(Way way) throws InterruptedException {
        try (TestServer server = TestServer.start(Duration.ofMillis(100))) {
            CountDownLatch flowing = new CountDownLatch(1);
            server.client(way)
                    .get()
                    .uri("/download?bytes=" + DownloadRoute.MAX_BYTES)
                    .responseContent()
                    .map(ByteBuf::readableBytes)
                    .doOnNext(bytes -> flowing.countDown())
                    .onErrorComplete()
                    .subscribe();
            assertThat(flowing.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        }
    }

    /** Its client waits, or has left by then. */
    @ParameterizedTest
    @EnumSource
    void whatWouldHoldMemoryForLongIsCancelledOnceItIsCutOff(Way way) {
        for (boolean leaves : new boolean[] {false, true}) {
            try (TestServer server = TestServer.start(Duration.ofMillis(100))) {
                MemoryBudget tenants = server.services().tenants().all();
                Disposable holding = Answer.answerTo(
                                server.client(way), "/tenants/ann/hold?bytes=10&millis=60000&" + WAIT, Flux.empty())
                        .onErrorComplete()
                        .subscribe();
                await().atMost(PATIENCE).until(() -> tenants.used() == 10);
                if (leaves) {
                    holding.dispose();
                }
            }
        }
    }

    @Test
    void anExchangeThatCannotBeCancelledKeepsNoOtherFromIt() {
        AtomicInteger begun = new AtomicInteger();
        AtomicInteger cancelled = new AtomicInteger();
        Publisher<Void> stubborn = subscriber -> subscriber.onSubscribe(new Subscription() {
            @Override
            public void request(long n) {
                begun.incrementAndGet();
            }

            @Override
            public void cancel() {
                cancelled.incrementAndGet();
                throw new IllegalStateException("boom");
            }
        });
        try (TestServer server = TestServer.answering(Duration.ofMillis(100), (request, response) -> stubborn)) {
            for (Way way : List.of(Way.HTTP11, Way.H2C)) {
                Answer.answerTo(server.client(way), "/", Flux.empty())
                        .onErrorComplete()
                        .subscribe();
            }
            await().atMost(PATIENCE).until(() -> begun.get() == 2);
        }
        assertThat(cancelled).hasValue(2);
    }

    @ParameterizedTest
    @EnumSource
    void aWatcherOfTheLivePageDoesNotHoldTheServerUp(Way way)
            throws InterruptedException, ExecutionException, TimeoutException {
        TestServer server = TestServer.start(Duration.ofHours(1));
        CountDownLatch watching = new CountDownLatch(1);
        CompletableFuture<Void> ended = server.client(way)
                .get()
                .uri("/events")
                .responseContent()
                .doOnNext(event -> watching.countDown())
                .then()
                .toFuture();
        assertThat(watching.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        server.close();
        assertThat(ended.get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .as("an orderly end")
                .isNull();
    }

    @Test
    void idleConnectionsDoNotHoldTheServerUp() throws IOException {
        TestServer server = TestServer.start(Duration.ofHours(1));
        try (Socket idle = TestServer.connectTo(server.plainAddress())) {
            assertThat(Answer.get(server.client(Way.HTTP11), "/").status())
                    .as("to a connection after it, so that it was accepted by now")
                    .isEqualTo(200);
            server.close();
            assertThat(idle.getInputStream().read()).isEqualTo(-1);
        }
    }
}
