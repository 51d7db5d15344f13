/** Buffers in Reactor pipelines: leases, waiting for bytes, operators. */
@org.jspecify.annotations.NullMarked
module io.forebay.reactor {
    requires static transitive org.jspecify;
    requires transitive io.forebay.netty;
    requires transitive io.forebay.pool;
    requires transitive io.netty.buffer;
    requires transitive org.reactivestreams;
    requires transitive reactor.core;
    requires static micrometer.core;

    exports io.forebay.reactor;
}
