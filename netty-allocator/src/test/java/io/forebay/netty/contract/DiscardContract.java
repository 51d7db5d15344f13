package io.forebay.netty.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;

/** Giving the room of read bytes back to the writer. */
interface DiscardContract extends ContractSubject {
    byte[] DISCARDED = Bytes.random(41, CAPACITY);

    @EveryKind
    default void discardReadBytesMovesTheRestToTheFront(BufferKind kind) {
        withContent(kind, DISCARDED, buf -> {
            buf.setIndex(100, 250);
            assertThat(buf.discardReadBytes()).isSameAs(buf);
            assertThat(buf.readerIndex()).isZero();
            assertThat(buf.writerIndex()).isEqualTo(150);
            assertThat(Bytes.readable(buf)).isEqualTo(Arrays.copyOfRange(DISCARDED, 100, 250));
            assertThat(buf.capacity()).isEqualTo(CAPACITY);
        });
    }

    @EveryKind
    default void discardingNothingChangesNothing(BufferKind kind) {
        withContent(kind, DISCARDED, buf -> {
            buf.discardReadBytes().discardSomeReadBytes();
            assertThat(Bytes.readable(buf)).isEqualTo(DISCARDED);
        });
    }

    @EveryKind
    default void discardingAllEmptiesTheBuffer(BufferKind kind) {
        withContent(kind, DISCARDED, buf -> {
            buf.setIndex(200, 200).discardReadBytes();
            assertThat(buf.readerIndex()).isZero();
            assertThat(buf.writerIndex()).isZero();
            buf.setIndex(200, 200).discardSomeReadBytes();
            assertThat(buf.readerIndex()).isZero();
            assertThat(buf.writerIndex()).isZero();
        });
    }

    @EveryKind
    default void discardSomeReadBytesKeepsWhatIsReadable(BufferKind kind) {
        for (int readerIndex : new int[] {1, 10, 149, 150, 151, 249}) {
            withContent(kind, DISCARDED, buf -> {
                buf.setIndex(readerIndex, 250);
                assertThat(buf.discardSomeReadBytes()).isSameAs(buf);
                assertThat(buf.readerIndex()).isBetween(0, readerIndex);
                assertThat(Bytes.readable(buf)).isEqualTo(Arrays.copyOfRange(DISCARDED, readerIndex, 250));
            });
        }
    }

    @EveryKind
    default void marksMoveWithTheBytesTheyMark(BufferKind kind) {
        withContent(kind, DISCARDED, buf -> {
            buf.setIndex(120, 250).markReaderIndex().markWriterIndex();
            buf.readerIndex(100).discardReadBytes();
            buf.resetReaderIndex();
            assertThat(buf.readerIndex()).isEqualTo(20);
            buf.writerIndex(200).resetWriterIndex();
            assertThat(buf.writerIndex()).isEqualTo(150);
        });
    }

    @EveryKind
    default void marksOfDiscardedBytesMoveToTheFront(BufferKind kind) {
        withContent(kind, DISCARDED, buf -> {
            buf.setIndex(50, 250).markReaderIndex();
            buf.readerIndex(100).discardReadBytes();
            buf.readerIndex(7).resetReaderIndex();
            assertThat(buf.readerIndex()).isZero();
        });
    }

    @EveryKind
    default void discardingMakesRoomToWrite(BufferKind kind) {
        withContent(kind, DISCARDED, buf -> {
            buf.readerIndex(100).discardReadBytes().writeBytes(DISCARDED, 0, 100);
            assertThat(buf.capacity()).isEqualTo(CAPACITY);
            assertThat(Bytes.get(buf, 200, 100)).isEqualTo(Arrays.copyOf(DISCARDED, 100));
        });
    }
}
