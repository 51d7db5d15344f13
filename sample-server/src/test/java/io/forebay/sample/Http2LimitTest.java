package io.forebay.sample;

import static io.forebay.sample.Patience.PATIENCE;
import static io.forebay.sample.Patience.WAIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.forebay.netty.MemoryLimitError;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.netty.http.client.HttpClient;

/** A connection of many streams that loses what it read, as there is no memory for it. */
final class Http2LimitTest {
    private static final int HELD_BYTES = 200_000;
    private static final int HOLDING = 3;
    private static final int FRAME_BYTES = 16_000;

    private final AtomicReference<Channel> last = new AtomicReference<>(); // connection that had a request
    private final TestServer server = TestServer.limitedTo(4 << 20, route -> (request, response) -> {
        request.withConnection(stream -> last.set(stream.channel().parent()));
        return route.apply(request, response);
    });
    private final List<ByteBuf> hoard = new ArrayList<>();

    @AfterEach
    void stopWithACleanLedger() {
        try {
            hoard.forEach(ByteBuf::release);
            server.awaitNothingInUse();
        } finally {
            server.close();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"H2C", "TLS_H2"})
    void aConnectionThatLostWhatItReadIsClosedAndItsStreamsGiveBackWhatTheyHold(Way way)
            throws IOException, InterruptedException {
        HttpClient other = server.client(way);
        assertThat(Answer.get(other, "/").status()).isEqualTo(200);
        try (RawClient client = RawClient.connect(way, server.address(way))) {
            byte[] session = streamsThatHoldAndPartOfAFrame(way);
            int part = session.length - FRAME_BYTES + 100;
            client.send(session, 0, part);
            awaitBytesOfTenants(HOLDING * HELD_BYTES);

            Channel connection = Objects.requireNonNull(last.get());
            takeAllThereIs(connection.eventLoop()); // also what it keeps idle to itself
            client.send(session, part, session.length);

            assertThat(client.endsWithin(PATIENCE)).as("the connection ends").isTrue();
            awaitBytesOfTenants(0);
        }
        hoard.forEach(ByteBuf::release);
        hoard.clear();
        assertThat(Answer.get(other, "/").status()).as("the other goes on").isEqualTo(200);
        assertThat(Answer.get(server.client(way), "/download?bytes=100000").bytes())
                .hasSize(100_000);
    }

    private static byte[] streamsThatHoldAndPartOfAFrame(Way way) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Http2Bytes http2 = new Http2Bytes(out);
        http2.preface();
        int stream = 1;
        String hold = "/tenants/ann/hold?bytes=" + HELD_BYTES + "&millis="
                + PATIENCE.multipliedBy(2).toMillis() + '&' + WAIT;
        for (int i = 0; i < HOLDING; i++) {
            http2.headers(way, stream, "POST", hold, Http2Bytes.NO_BODY);
            stream += 2;
        }
        http2.headers(way, stream, "POST", "/upload", FRAME_BYTES);
        http2.data(stream, new byte[FRAME_BYTES], /* last= */ true);
        return out.toByteArray();
    }

    private void awaitBytesOfTenants(long bytes) {
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(server.services().tenants().all().used()).isBetween(bytes, 2 * bytes));
    }

    /**
     * All but the places for small buffers, such as what is read into: but that cannot grow then. And again until none has
     * come for a while, as other loops give up what they keep idle when they run.
     */
    private void takeAllThereIs(EventLoop loop) {
        await().atMost(PATIENCE).during(Duration.ofMillis(200)).until(() -> {
            int before = hoard.size();
            loop.submit(this::takeOfEachSize).sync();
            return hoard.size() == before;
        });
    }

    private void takeOfEachSize() {
        for (int power = 1 << 20; power > 2048; power /= 2) {
            for (int quarters = 7; quarters >= 4; quarters--) {
                takeAllOf(power / 4 * quarters);
            }
        }
    }

    private void takeAllOf(int bytes) {
        while (true) {
            try {
                hoard.add(server.allocator().directBuffer(bytes));
            } catch (MemoryLimitError none) {
                return;
            }
        }
    }
}
