package io.forebay.netty.traffic;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.netty.ForebayAllocator;
import io.forebay.pool.MemoryBudget;
import io.netty.channel.Channel;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** Netty's own transports and TLS misuse nothing, and give every charge back. */
class AttendedTrafficTest {
    private static final int CONNECTIONS = 3;
    private static final int BYTES_PER_CONNECTION = 1_000_003;

    @OverEveryTransport
    void anEchoInDebugModeWithinABudget(Transport transport) {
        echo(transport, /* tls= */ false);
    }

    @OverEveryTransport
    void anEchoOverTlsInDebugModeWithinABudget(Transport transport) {
        echo(transport, /* tls= */ true);
    }

    private static void echo(Transport transport, boolean tls) {
        MemoryBudget budget = MemoryBudget.create("traffic", 256L << 20);
        Queue<Throwable> reported = new ConcurrentLinkedQueue<>();
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> reported.add(failure));
        ForebayAllocator allocator =
                ForebayAllocator.builder().debug(true).zeroOnRelease(true).build();
        try (var traffic = Traffic.over(transport, allocator, allocator.withBudget(budget))) {
            echo(traffic, tls ? Tls.of("TLSv1.3") : null);
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
        assertThat(reported).isEmpty();
        assertThat(budget.used()).isZero();
        assertThat(budget.peak()).isPositive();
    }

    private static void echo(Traffic traffic, @Nullable Tls tls) {
        Channel server = traffic.serve(
                pipeline -> (tls == null ? pipeline : tls.secureServer(pipeline)).addLast(new EchoHandler()));
        List<CompletableFuture<Void>> arrivals = new ArrayList<>();
        for (int seed = 0; seed < CONNECTIONS; seed++) {
            byte[] bytes = Payload.bytes(seed, BYTES_PER_CONNECTION);
            var payload = Payload.of(bytes, seed);
            var arrival = new Arrival(bytes);
            traffic.connect(
                    server,
                    pipeline ->
                            (tls == null ? pipeline : tls.secureClient(pipeline)).addLast(Pump.of(payload), arrival));
            arrivals.add(arrival.complete());
        }
        traffic.awaitAll(arrivals);
    }
}
