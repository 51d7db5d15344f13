package io.forebay.sample;

import java.time.Duration;

/**
 * What a server is started with.
 *
 * @param allocator the allocator every channel uses
 * @param host the address to listen on
 * @param port the port for HTTP/1.1 and h2c; 0 takes a free one
 * @param tls whether to listen for TLS as well
 * @param tlsPort the port for TLS with h2 and HTTP/1.1; 0 takes a free one
 * @param grace how long running exchanges may take to finish once the server is told to stop
 * @param maxMemory the most bytes the allocator may hold; {@link Long#MAX_VALUE} for no limit
 * @param tenantMemory the most bytes each tenant may hold
 * @param tenantsCap the most bytes all tenants may hold together
 */
record ServerOptions(
        AllocatorKind allocator,
        String host,
        int port,
        boolean tls,
        int tlsPort,
        Duration grace,
        long maxMemory,
        long tenantMemory,
        long tenantsCap) {
    private static final int MAX_PORT = 65_535;

    ServerOptions {
        requirePort("port", port);
        requirePort("tls-port", tlsPort);
        if (grace.isNegative()) {
            throw new IllegalArgumentException("grace must be >= 0 seconds: grace=" + grace.toSeconds());
        }
        requirePositive("max-memory", maxMemory);
        requirePositive("tenant-memory", tenantMemory);
        if (tenantsCap < tenantMemory) {
            throw new IllegalArgumentException("all tenants together need at least what one may have: tenants-cap="
                    + tenantsCap + ", tenant-memory=" + tenantMemory);
        }
        if (isLimited(maxMemory) && allocator != AllocatorKind.FOREBAY) {
            throw new IllegalArgumentException(
                    "only forebay has a limit of its own: max-memory=" + maxMemory + ", allocator=" + allocator);
        }
    }

    private static boolean isLimited(long maxMemory) {
        return maxMemory != Long.MAX_VALUE;
    }

    private static void requirePositive(String name, long bytes) {
        if (bytes <= 0) {
            throw new IllegalArgumentException(name + " must be > 0 bytes: " + name + "=" + bytes);
        }
    }

    private static void requirePort(String name, int port) {
        if (port < 0 || port > MAX_PORT) {
            throw new IllegalArgumentException(name + " must be from 0 to " + MAX_PORT + ": " + name + "=" + port);
        }
    }
}
