package io.forebay.sample;

import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;

/**
 * What the routes of one server work with.
 *
 * @param memory closed by the server that runs on it
 * @param requests how many there were
 */
record Services(ServerMemory memory, Meters meters, Tenants tenants, LongAdder requests, Live live) {
    private static final Duration LIVE_PERIOD = Duration.ofSeconds(1);

    static Services open(ServerOptions options, ServerMemory memory) {
        Tenants tenants = new Tenants(options.tenantMemory(), options.tenantsCap(), System::nanoTime);
        LongAdder requests = new LongAdder();
        ServerState state = new ServerState(memory, tenants, requests);
        Meters meters = new Meters(memory.meters(), tenants.all());
        return new Services(memory, meters, tenants, requests, new Live(state::toJson, LIVE_PERIOD));
    }

    /** Before the server stops: ends the exchanges that never end by themselves. */
    void endStreams() {
        live.close();
    }

    /** After the server has stopped. */
    void close() {
        meters.close();
    }
}
