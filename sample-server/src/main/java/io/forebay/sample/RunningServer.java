package io.forebay.sample;

import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
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
    private final List<DisposableServer> listeners = new ArrayList<>();

    private RunningServer(ServerMemory memory, Duration grace) {
        this.memory = memory;
        this.grace = grace;
    }

    /** Binds every port of {@code options}, or none. The memory belongs to the server from here on. */
    static RunningServer start(ServerOptions options, ServerMemory memory, Route route) {
        RunningServer server = new RunningServer(memory, options.grace());
        Transports transports = new Transports(memory.allocator(), server.loops, server.channels);
        try {
            server.listen(transports.plain(options.host(), options.port()), route);
            if (options.tls()) {
                server.listen(transports.tls(options.host(), options.tlsPort()), route);
            }
        } catch (RuntimeException refused) {
            server.stop();
            throw refused;
        }
        return server;
    }

    private void listen(HttpServer transport, Route route) {
        listeners.add(transport.handle(route).bindNow());
    }

    /** Where it listens: clear text first, then TLS if it is on. */
    List<InetSocketAddress> addresses() {
        return listeners.stream().map(l -> (InetSocketAddress) l.address()).toList();
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

    private Mono<Void> drain(DisposableServer listener) {
        return Mono.<Void>fromRunnable(() -> drainNow(listener)).subscribeOn(Schedulers.boundedElastic());
    }

    private void drainNow(DisposableServer listener) {
        try {
            listener.disposeNow(grace);
        } catch (IllegalStateException late) {
            LOG.warn("exchanges on {} are cut off after {} ms", listener.address(), grace.toMillis());
        }
    }
}
