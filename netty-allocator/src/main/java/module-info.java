/** A Netty allocator of whole pooled buffers. */
@org.jspecify.annotations.NullMarked
module io.forebay.netty {
    requires static transitive org.jspecify;
    requires transitive io.forebay.pool;
    requires transitive io.netty.buffer;
    requires io.netty.common;
    requires java.management;
    requires org.slf4j;
    requires static io.netty.codec.http;
    requires static io.netty.codec.http2;
    requires static io.netty.transport;
    requires static jdk.jfr;
    requires static micrometer.core;

    exports io.forebay.netty;
}
