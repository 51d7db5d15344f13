package io.forebay.reactor;

/**
 * Makes sinks for leases, as {@link reactor.core.publisher.Sinks} does for other elements, with a rule for who owns what
 * was refused, and bounds in bytes.
 *
 * <p><b>When not to use it.</b> Where a publisher can be asked instead: it is told of demand, a sink's caller is not.
 */
public final class LeaseSinks {
    private LeaseSinks() {}

    /**
     * A sink for one subscriber. What it cannot take yet waits in the sink, also before it comes.
     *
     * <p><img class="marble" src="doc-files/marbles/unicastSink.svg" alt="elements wait for demand up to a limit in bytes; one that is beyond it is refused">
     *
     * <p><strong>Ownership:</strong> of what is taken is the sink's, and the subscriber's from {@code onNext} on; what is
     * refused stays the caller's, unless {@link LeaseSink#emitOrRelease} closes it.
     *
     * <p><strong>Demand:</strong> the subscriber's; what comes before it waits, up to the limit.
     *
     * @param maxBytes how many bytes may wait, an empty element being counted as one; a larger element is refused always
     * @throws IllegalArgumentException if {@code maxBytes} is not above 0
     */
    public static LeaseSink unicast(long maxBytes) {
        if (maxBytes <= 0) {
            throw new IllegalArgumentException("maxBytes must be > 0: maxBytes=" + maxBytes);
        }
        return new LeaseSink(new FluxLeaseSink(maxBytes));
    }
}
