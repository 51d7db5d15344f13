package io.forebay.sample;

import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import reactor.netty.http.Http11SslContextSpec;
import reactor.netty.http.Http2SslContextSpec;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;
import reactor.netty.tcp.SslProvider.GenericSslContextSpec;

/** Every way into the server. */
enum Way {
    HTTP11 {
        @Override
        HttpClient configure(HttpClient client) {
            return client.protocol(HttpProtocol.HTTP11);
        }
    },
    H2C {
        @Override
        HttpClient configure(HttpClient client) {
            return client.protocol(HttpProtocol.H2C);
        }
    },
    TLS_HTTP11 {
        @Override
        HttpClient configure(HttpClient client) {
            GenericSslContextSpec<SslContextBuilder> spec =
                    Http11SslContextSpec.forClient().configure(Way::trust);
            return client.protocol(HttpProtocol.HTTP11).secure(ssl -> ssl.sslContext(spec));
        }
    },
    TLS_H2 {
        @Override
        HttpClient configure(HttpClient client) {
            GenericSslContextSpec<SslContextBuilder> spec =
                    Http2SslContextSpec.forClient().configure(Way::trust);
            return client.protocol(HttpProtocol.H2).secure(ssl -> ssl.sslContext(spec));
        }
    };

    abstract HttpClient configure(HttpClient client);

    boolean tls() {
        return this == TLS_HTTP11 || this == TLS_H2;
    }

    boolean http2() {
        return this == H2C || this == TLS_H2;
    }

    private static void trust(SslContextBuilder builder) {
        builder.trustManager(InsecureTrustManagerFactory.INSTANCE);
    }
}
