package io.forebay.netty.traffic;

import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Receive buffers of every size a server may choose, the buffers an allocator hands out most. */
class ReceiveBufferTrafficTest {
    /** How a channel sizes the buffer of its next read, and how many bytes that suits. */
    enum Policy {
        ONE_BYTE(5_000),
        SEVEN_BYTES(40_000),
        ONE_PACKET(3_000_000),
        ONE_MEBIBYTE(8_000_000),
        ADAPTIVE(8_000_000),
        ADAPTIVE_FROM_SIXTEEN_BYTES(300_000),
        ADAPTIVE_UP_TO_ONE_MEBIBYTE(8_000_000);

        private final int length;

        Policy(int length) {
            this.length = length;
        }

        RecvByteBufAllocator allocator() {
            return switch (this) {
                case ONE_BYTE -> new FixedRecvByteBufAllocator(1);
                case SEVEN_BYTES -> new FixedRecvByteBufAllocator(7);
                case ONE_PACKET -> new FixedRecvByteBufAllocator(1_500);
                case ONE_MEBIBYTE -> new FixedRecvByteBufAllocator(1 << 20);
                case ADAPTIVE -> new AdaptiveRecvByteBufAllocator();
                case ADAPTIVE_FROM_SIXTEEN_BYTES -> new AdaptiveRecvByteBufAllocator(16, 16, 65_536);
                case ADAPTIVE_UP_TO_ONE_MEBIBYTE -> new AdaptiveRecvByteBufAllocator(64, 1 << 19, 1 << 20);
            };
        }
    }

    private static Stream<Arguments> socketsAndPolicies() {
        return EnumSet.of(Transport.NIO, Transport.EPOLL).stream()
                .flatMap(transport -> Arrays.stream(Policy.values()).map(policy -> Arguments.of(transport, policy)));
    }

    @ParameterizedTest
    @MethodSource("socketsAndPolicies")
    void everyByteComesBackWhateverTheReceiveBuffer(Transport transport, Policy policy) {
        byte[] bytes = Payload.bytes(policy.length, policy.length);
        var arrival = new Arrival(bytes);
        try (var traffic = Traffic.witnessedOver(transport)) {
            traffic.receiveWith(policy.allocator());
            Channel server = traffic.serve(pipeline -> pipeline.addLast(new EchoHandler()));
            traffic.connect(server, pipeline -> pipeline.addLast(Pump.of(Payload.of(bytes, 1)), arrival));
            traffic.await(arrival.complete());
        }
    }
}
