package io.forebay.netty.traffic;

import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;

/** Both ends of TLS, by the JDK's engine, with a certificate nobody signed. */
final class Tls {
    private static final X509Bundle CERTIFICATE = certificate();

    private final SslContext server;
    private final SslContext client;

    private Tls(SslContext server, SslContext client) {
        this.server = server;
        this.client = client;
    }

    /** TLS of one version, such as {@code TLSv1.3}. */
    static Tls of(String version) {
        try {
            return new Tls(
                    SslContextBuilder.forServer(CERTIFICATE.toKeyManagerFactory())
                            .sslProvider(SslProvider.JDK)
                            .protocols(version)
                            .build(),
                    SslContextBuilder.forClient()
                            .trustManager(CERTIFICATE.toTrustManagerFactory())
                            .sslProvider(SslProvider.JDK)
                            .protocols(version)
                            .build());
        } catch (Exception e) { // a checked zoo of the JDK's security classes
            throw new AssertionError("no TLS context for " + version, e);
        }
    }

    /** Adds the server's end. */
    ChannelPipeline secureServer(ChannelPipeline pipeline) {
        return pipeline.addLast(server.newHandler(pipeline.channel().alloc()));
    }

    /** Adds the client's end. */
    ChannelPipeline secureClient(ChannelPipeline pipeline) {
        return pipeline.addLast(client.newHandler(pipeline.channel().alloc(), "localhost", 443));
    }

    private static X509Bundle certificate() {
        try {
            return new CertificateBuilder()
                    .subject("CN=localhost")
                    .addSanDnsName("localhost")
                    .setIsCertificateAuthority(true)
                    .buildSelfSigned();
        } catch (Exception e) { // declared as such
            throw new AssertionError("no certificate", e);
        }
    }
}
