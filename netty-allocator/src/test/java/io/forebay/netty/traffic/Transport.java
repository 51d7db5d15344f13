package io.forebay.netty.traffic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.channel.Channel;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalIoHandler;
import io.netty.channel.local.LocalServerChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/** A way bytes travel between two channels of this process. */
enum Transport {
    NIO(NioServerSocketChannel.class, NioSocketChannel.class),
    EPOLL(EpollServerSocketChannel.class, EpollSocketChannel.class),
    /** Buffers pass by reference: what one loop allocated, the other releases. */
    LOCAL(LocalServerChannel.class, LocalChannel.class);

    private final Class<? extends ServerChannel> serverChannel;
    private final Class<? extends Channel> channel;

    Transport(Class<? extends ServerChannel> serverChannel, Class<? extends Channel> channel) {
        this.serverChannel = serverChannel;
        this.channel = channel;
    }

    IoHandlerFactory ioHandler() {
        return switch (this) {
            case NIO -> NioIoHandler.newFactory();
            case EPOLL -> EpollIoHandler.newFactory();
            case LOCAL -> LocalIoHandler.newFactory();
        };
    }

    Class<? extends ServerChannel> serverChannel() {
        return serverChannel;
    }

    Class<? extends Channel> channel() {
        return channel;
    }

    Class<? extends DatagramChannel> datagramChannel() {
        return switch (this) {
            case NIO -> NioDatagramChannel.class;
            case EPOLL -> EpollDatagramChannel.class;
            case LOCAL -> throw new IllegalStateException("LOCAL has no datagrams");
        };
    }

    /** An address nobody listens on yet. */
    SocketAddress freshAddress() {
        return this == LOCAL
                ? new LocalAddress(Transport.class)
                : new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    /** Skips the test where this transport does not exist, or fails it where its absence is an error. */
    void require() {
        if (this != EPOLL) {
            return;
        }
        if (TrafficConfig.REQUIRE_EPOLL) {
            assertThat(Epoll.unavailabilityCause()).as("epoll").isNull();
        }
        assumeTrue(Epoll.isAvailable(), "epoll is not available here");
    }
}
