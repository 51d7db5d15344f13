package io.forebay.sample;

import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
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
    private volatile boolean cutOff; // who stops writes once, exchanges read

    private RunningServer(ServerMemory memory, Duration grace) {
        this.memory = memory;
        this.grace = grace;
    }

    /** A port, and the exchanges that run on it. */
    private record Listener(DisposableServer server, Set<Subscription> exchanges) {}

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
        Set<Subscription> exchanges = ConcurrentHashMap.newKeySet();
        DisposableServer server = transport.handle(noted(route, exchanges)).bindNow();
        listeners.add(new Listener(server, exchanges));
    }

    /** Keeps each exchange in {@code running} from its subscription to its end. */
    private Route noted(Route route, Set<Subscription> running) {
        return (request, response) -> {
            AtomicReference<@Nullable Subscription> exchange = new AtomicReference<>();
            return Flux.defer(() -> route.apply(request, response))
                    .doOnSubscribe(begun -> {
                        exchange.set(begun);
                        running.add(begun);
                        if (cutOff) { // whoever cancels may have looked before
                            begun.cancel();
                        }
                    })
                    .doFinally(end -> running.remove(exchange.get()));
        };
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
        cancelExchanges();
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
            int exchanges = listener.exchanges().size();
            if (exchanges > 0) { // no grace is over at once, whether there are any or not
                LOG.warn(
                        "{} exchanges on {} are cut off after {} ms",
                        exchanges,
                        listener.server().address(),
                        grace.toMillis());
            }
        }
    }

    /**
     * What runs once no connection is left waits for nobody, and would keep its memory until it ends by itself: Reactor
     * Netty's {@code disposeNow} forgets the route of a connection that closes meanwhile, without a cancel.
     */
    private void cancelExchanges() {
        cutOff = true;
        listeners.stream().flatMap(listener -> listener.exchanges().stream()).forEach(RunningServer::cancel);
    }

    private static void cancel(Subscription exchange) {
        try {
            exchange.cancel();
        } catch (RuntimeException failure) { // the others, and memory, come to their end all the same
            LOG.warn("an exchange could not be cancelled", failure);
        }
    }
}
