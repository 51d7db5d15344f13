package io.forebay.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The README's code compiles, stands there to the letter, and works. */
class ReadmeTest {
    private static final String BEGIN = "// README begins";
    private static final String END = "// README ends";

    private static final class Echo extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            var unused = context.writeAndFlush(message);
        }

        @Override
        public boolean isSharable() {
            return true;
        }
    }

    @Test
    void theCodeWorks() throws Exception {
        Echo handler = new Echo();
        // README begins
        ForebayAllocator allocator = ForebayAllocator.create();
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(NioIoHandler.newFactory());
        var server = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.ALLOCATOR, allocator) // the acceptor
                .childOption(ChannelOption.ALLOCATOR, allocator) // the connections
                .childHandler(handler)
                .bind("127.0.0.1", 0)
                .sync();
        // README ends
        assertThat(echo((InetSocketAddress) server.channel().localAddress())).isEqualTo("hello");
        server.channel().close().sync();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        allocator.close();
        allocator.termination().toCompletableFuture().get(30, TimeUnit.SECONDS);
        MemoryStats direct = allocator.metric().direct();
        assertThat(direct.created()).isPositive().isEqualTo(direct.destroyed());
    }

    private static String echo(InetSocketAddress address) throws IOException {
        try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
            OutputStream out = socket.getOutputStream();
            out.write("hello".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            out.flush();
            return new String(socket.getInputStream().readNBytes(5), java.nio.charset.StandardCharsets.US_ASCII);
        }
    }

    @Test
    void theCodeStandsInTheReadme() throws IOException {
        Path source = Path.of("src/test/java/io/forebay/netty/ReadmeTest.java");
        List<String> lines = Files.readAllLines(source);
        int begin = indexOf(lines, BEGIN);
        int end = indexOf(lines, END);
        String code = String.join("\n", lines.subList(begin + 1, end)).stripIndent();
        assertThat(Files.readString(Path.of("../README.md"))).contains("```java\n" + code + "\n```");
    }

    private static int indexOf(List<String> lines, String mark) {
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).strip().equals(mark)) {
                return i;
            }
        }
        throw new AssertionError("no line " + mark);
    }

    @Test
    void aBufferIsReusedWhole() {
        try (ForebayAllocator allocator = ForebayAllocator.create()) {
            for (int i = 0; i < 1000; i++) {
                allocator.directBuffer(100).release();
            }
            assertThat(allocator.metric().direct().created()).isEqualTo(1);
        }
    }
}
