package io.forebay.sample;

import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.LoopResources;

/**
 * A server that accepts connections, and the orderly end of it. Memory is closed last: once the loops are gone nothing
 * allocates any more.
 */
final class RunningServer {
    private static final Logger LOG = LoggerFactory.getLogger(RunningServer.class);

    /** Loops run what closed channels left behind, and stop once nothing came for this long. */
    private static final Duration LOOP_QUIET = Duration.ofMillis(100);

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final ServerMemory memory;
    private final Duration grace;
    private final LoopResources loops =
            LoopResources.create("forebay-sample", LoopResources.DEFAULT_IO_WORKER_COUNT, /* daemon= */ false);
    private final ChannelGroup channels = new DefaultChannelGroup(ImmediateEventExecutor.INSTANCE);
    private final List<Listener> listeners = new ArrayList<>();

    private RunningServer(ServerMemory memory, Duration grace) {
        this.memory = memory;
        this.grace = grace;
    }

    /** A port, and how many of its exchanges run. */
    private record Listener(DisposableServer server, AtomicInteger exchanges) {}

    /** Binds every port of {@code options}, or none. The memory belongs to the server from here on. */
    static RunningServer start(ServerOptions options, ServerMemory memory, Route route) {
        return start(options, Timeouts.DEFAULT, memory, route);
    }

    /** The same, for clients that may be silent for another time. */
    static RunningServer start(ServerOptions options, Timeouts timeouts, ServerMemory memory, Route route) {
        RunningServer server = new RunningServer(memory, options.grace());
        Transports transports = new Transports(memory.allocator(), server.loops, server.channels, timeouts);
        try {
            server.listen(transports.plain(options.host(), options.port()), route);
            if (options.tls()) {
                server.listen(transports.tls(options.host(), options.tlsPort()), route);
            }
        } catch (Throwable refused) { // an Error, too, would leave a process that listens and never says where
            server.stop();
            throw refused;
        }
        return server;
    }

    private void listen(HttpServer transport, Route route) {
        AtomicInteger exchanges = new AtomicInteger();
        DisposableServer server = transport.handle(counted(route, exchanges)).bindNow();
        listeners.add(new Listener(server, exchanges));
    }

    private static Route counted(Route route, AtomicInteger exchanges) {
        return (request, response) -> Flux.defer(() -> route.apply(request, response))
                .doFinally(end -> exchanges.decrementAndGet())
                .doFirst(exchanges::incrementAndGet);
    }

    /** Where it listens: clear text first, then TLS if it is on. */
    List<InetSocketAddress> addresses() {
        return listeners.stream()
                .map(l -> (InetSocketAddress) l.server().address())
                .toList();
    }

    /** Stops accepting, lets running exchanges finish within the grace, then ends loops and memory. Blocks. */
    void stop() {
        Mono.when(listeners.stream().map(this::drain).toList()).block();
        endLoops();
        memory.close(PATIENCE);
    }

    private void endLoops() {
        try {
            loops.disposeLater(LOOP_QUIET, PATIENCE).block();
        } catch (IllegalStateException late) {
            LOG.warn("event loops still run after {} s", PATIENCE.toSeconds());
        }
    }

    private Mono<Void> drain(Listener listener) {
        return Mono.<Void>fromRunnable(() -> drainNow(listener)).subscribeOn(Schedulers.boundedElastic());
    }

    private void drainNow(Listener listener) {
        try {
            listener.server().disposeNow(grace);
        } catch (IllegalStateException late) {
            int exchanges = listener.exchanges().get();
            if (exchanges > 0) { // no grace is over at once, whether there are any or not
                LOG.warn(
                        "{} exchanges on {} are cut off after {} ms",
                        exchanges,
                        listener.server().address(),
                        grace.toMillis());
            }
        }
    }
}
