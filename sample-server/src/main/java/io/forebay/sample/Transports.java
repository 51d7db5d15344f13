package io.forebay.sample;

import io.forebay.netty.Http2LimitGuard;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.group.ChannelGroup;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import reactor.netty.http.Http2SslContextSpec;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.LoopResources;
import reactor.netty.tcp.SslProvider.GenericSslContextSpec;

/**
 * The two ways in, configured alike: clear text and TLS, each with both versions of HTTP.
 *
 * @param allocator what every channel allocates from
 * @param loops the threads of every channel
 * @param channels collects the open connections
 * @param timeouts of every connection
 */
record Transports(ByteBufAllocator allocator, LoopResources loops, ChannelGroup channels, Timeouts timeouts) {
    /** The body of a request that asks to go on with HTTP/2; it is collected before the upgrade. */
    private static final int MAX_UPGRADE_BYTES = 64 * 1024;

    HttpServer plain(String host, int port) {
        return base(host, port)
                .protocol(HttpProtocol.H2C, HttpProtocol.HTTP11)
                .httpRequestDecoder(decoder -> decoder.h2cMaxContentLength(MAX_UPGRADE_BYTES));
    }

    /** With a certificate made for this run. */
    HttpServer tls(String host, int port) {
        X509Bundle identity = selfSigned();
        GenericSslContextSpec<SslContextBuilder> spec =
                Http2SslContextSpec.forServer(identity.getKeyPair().getPrivate(), identity.getCertificatePath());
        return base(host, port).protocol(HttpProtocol.H2, HttpProtocol.HTTP11).secure(ssl -> ssl.sslContext(spec));
    }

    private HttpServer base(String host, int port) {
        return HttpServer.create()
                .host(host)
                .port(port)
                .runOn(loops)
                .channelGroup(channels)
                .readTimeout(timeouts.body())
                .idleTimeout(timeouts.idle())
                .option(ChannelOption.ALLOCATOR, allocator)
                .childOption(ChannelOption.ALLOCATOR, allocator)
                .doOnChannelInit(
                        (observer, channel, remote) -> channel.pipeline().addLast(new Http2LimitGuard()))
                .childObserve(new ChannelAllocator(allocator))
                .childObserve(InboundEnd.INSTANCE);
    }

    private static X509Bundle selfSigned() {
        try {
            return new CertificateBuilder()
                    .subject("CN=forebay-sample-server")
                    .addSanDnsName("localhost")
                    .addSanIpAddress("127.0.0.1")
                    .setIsCertificateAuthority(true)
                    .buildSelfSigned();
        } catch (Exception e) { // its signature says no more than Exception
            throw new IllegalStateException("no certificate could be made", e);
        }
    }
}
