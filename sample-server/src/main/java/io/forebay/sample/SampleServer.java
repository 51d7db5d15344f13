package io.forebay.sample;

import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.util.List;

/** The program: wires options, memory, services, routes and transports together. */
public final class SampleServer {
    private SampleServer() {}

    /**
     * Starts the server; {@code --help} lists the options.
     *
     * @param arguments see {@code --help}
     */
    public static void main(String[] arguments) {
        Console console = Console.ofProcess();
        int status = Arguments.run(console, options -> serve(options, console), arguments);
        if (status != 0) {
            System.exit(status);
        }
    }

    /** Returns once it serves; the loops' threads keep the process alive until a signal stops it. */
    private static void serve(ServerOptions options, Console console) {
        ServerMemory memory = options.allocator().open(options.maxMemory());
        Services services = Services.open(options, memory);
        RunningServer server = RunningServer.start(options, memory, Routes.of(services));
        Thread last = new Thread(
                () -> {
                    services.endStreams();
                    server.stop();
                    services.close();
                    console.say(memory.ledger());
                },
                "stop");
        Runtime.getRuntime().addShutdownHook(last);
        announce(server.addresses(), console);
    }

    private static void announce(List<InetSocketAddress> addresses, Console console) {
        String scheme = "http";
        for (InetSocketAddress address : addresses) {
            console.say("listening on " + scheme + "://" + NetUtil.toSocketAddressString(address));
            scheme = "https";
        }
    }
}
