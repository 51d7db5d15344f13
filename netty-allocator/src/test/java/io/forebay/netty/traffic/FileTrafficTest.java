package io.forebay.netty.traffic;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.DefaultFileRegion;
import io.netty.handler.stream.ChunkedFile;
import io.netty.handler.stream.ChunkedNioFile;
import io.netty.handler.stream.ChunkedWriteHandler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** A file of 20 MB, downloaded in each way Netty has. */
class FileTrafficTest {
    private static final byte[] CONTENT = Payload.bytes(20, 20_000_003);

    @TempDir
    static Path directory;

    @BeforeAll
    static void writeFile() throws IOException {
        Files.write(file(), CONTENT);
    }

    @OverSockets
    void aFileRegionArrives(Transport transport) {
        download(transport, FileTrafficTest::region);
    }

    @OverEveryTransport
    void aChunkedFileArrives(Transport transport) {
        download(transport, FileTrafficTest::chunkedFile);
    }

    @OverEveryTransport
    void aChunkedNioFileArrives(Transport transport) {
        download(transport, FileTrafficTest::chunkedNioFile);
    }

    @OverSockets
    void aChunkedFileArrivesOverTls(Transport transport) {
        downloadOverTls(transport, FileTrafficTest::chunkedFile);
    }

    @OverSockets
    void aChunkedNioFileArrivesOverTls(Transport transport) {
        downloadOverTls(transport, FileTrafficTest::chunkedNioFile);
    }

    private static Path file() {
        return directory.resolve("content");
    }

    private static Object region() {
        return new DefaultFileRegion(file().toFile(), 0, CONTENT.length);
    }

    private static Object chunkedFile() throws IOException {
        return new ChunkedFile(file().toFile());
    }

    private static Object chunkedNioFile() throws IOException {
        return new ChunkedNioFile(file().toFile());
    }

    private static void download(Transport transport, Callable<Object> source) {
        download(transport, source, pipeline -> pipeline, pipeline -> pipeline);
    }

    private static void downloadOverTls(Transport transport, Callable<Object> source) {
        var tls = Tls.of("TLSv1.3");
        download(transport, source, tls::secureServer, tls::secureClient);
    }

    private static void download(
            Transport transport,
            Callable<Object> source,
            UnaryOperator<ChannelPipeline> serverSide,
            UnaryOperator<ChannelPipeline> clientSide) {
        var arrival = new Arrival(CONTENT);
        try (var traffic = Traffic.over(transport)) {
            Channel server = traffic.serve(pipeline ->
                    serverSide.apply(pipeline).addLast(new ChunkedWriteHandler(), new SendWhenActive(source)));
            traffic.connect(server, pipeline -> clientSide.apply(pipeline).addLast(arrival));
            traffic.await(arrival.complete());
        }
    }

    private static final class SendWhenActive extends ChannelInboundHandlerAdapter {
        private final Callable<Object> source;

        SendWhenActive(Callable<Object> source) {
            this.source = source;
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) throws Exception {
            ctx.fireChannelActive();
            Outbound.writeAndFlush(ctx, source.call());
        }
    }
}
