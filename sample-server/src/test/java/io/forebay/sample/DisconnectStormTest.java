package io.forebay.sample;

import static io.forebay.sample.Patience.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.Channel;
import io.netty.channel.ChannelId;
import io.netty.handler.codec.http2.Http2StreamChannel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Thousands of clients that vanish at random moments, in the middle of a header, a body, an answer or a wait, by an orderly
 * end or a reset. Afterwards every buffer and every byte of every budget is back while the server runs, and nothing has
 * leaked.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class DisconnectStormTest {
    private static final int CONNECTIONS = 1_500; // each way
    private static final int AT_ONCE = 16;

    /** The others are cut before their first request is whole; by each way 1,030 to 1,310 got further when this was written. */
    private static final int LEAST_SERVED = CONNECTIONS / 3;

    private final Set<ChannelId> served = ConcurrentHashMap.newKeySet(); // connections that had a request
    private final TestServer server = TestServer.start(route -> (request, response) -> {
        request.withConnection(
                exchange -> served.add(connection(exchange.channel()).id()));
        return route.apply(request, response);
    });

    private static Channel connection(Channel exchange) {
        return exchange instanceof Http2StreamChannel ? exchange.parent() : exchange;
    }

    @AfterEach
    void everythingIsBackWhileTheServerStillRuns() {
        try {
            server.awaitNothingInUse();
            await().atMost(PATIENCE) // a buffer that a loop takes home may show as in use for a moment
                    .untilAsserted(
                            () -> assertThat(server.allocator().outstanding()).isEmpty());
        } finally {
            server.close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void clientsVanishAtRandomMoments(Way way) throws InterruptedException, ExecutionException {
        ExecutorService clients = Executors.newFixedThreadPool(AT_ONCE);
        try {
            List<Future<?>> vanished = new ArrayList<>();
            for (int seed = 0; seed < CONNECTIONS; seed++) {
                SplittableRandom random = new SplittableRandom(seed);
                vanished.add(clients.submit(() -> comeAndGo(way, random)));
            }
            for (Future<?> client : vanished) {
                client.get();
            }
        } finally {
            clients.shutdownNow();
        }
        assertThat(served)
                .as("connections that got as far as a request, before they vanished")
                .hasSizeGreaterThan(LEAST_SERVED);
        Answer after = Answer.get(server.client(way), "/download?bytes=100000");
        assertThat(after.bytes()).as("the server serves on").hasSize(100_000);
    }

    private void comeAndGo(Way way, SplittableRandom random) {
        byte[] session = Session.random(way, random);
        try (RawClient client = RawClient.connect(way, server.address(way))) {
            if (random.nextBoolean()) {
                client.resetOnClose();
            }
            int cut = random.nextBoolean() ? session.length : random.nextInt(session.length + 1);
            int pause = random.nextInt(cut + 1);
            client.send(session, 0, pause);
            client.read(random.nextInt(3) == 0 ? random.nextInt(20_000) : 0, 1 + random.nextInt(10));
            client.send(session, pause, cut);
            client.read(random.nextInt(300_000), 1 + random.nextInt(100));
        } catch (IOException gone) {
            // the server may end the connection first, by what it was sent, and no answer may come in time
        }
    }
}
