package io.forebay.netty.contract;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBufUtil;
import io.netty.util.AsciiString;
import java.nio.charset.Charset;
import java.util.Map;

/** Characters in and out. */
interface TextContract extends ContractSubject {
    /** Each with a text it has characters for: what becomes of others is the encoder's affair, not the buffer's. */
    Map<Charset, String> TEXTS = Map.of(
            US_ASCII, "plain",
            ISO_8859_1, "plain, \u00e4\u00f6\u00fc",
            UTF_8, "plain, \u00e4\u00f6\u00fc, \u20ac, \ud83d\ude80 end",
            UTF_16BE, "plain, \u20ac, \ud83d\ude80 end",
            UTF_16LE, "plain, \u20ac, \ud83d\ude80 end");

    @EveryKind
    default void writtenTextIsReadBack(BufferKind kind) {
        TEXTS.forEach((charset, text) -> {
            byte[] encoded = text.getBytes(charset);
            withEmpty(kind, buf -> {
                assertThat(buf.writeCharSequence(text, charset))
                        .as("%s", charset)
                        .isEqualTo(encoded.length);
                assertThat(buf.writerIndex()).isEqualTo(encoded.length);
                assertThat(Bytes.readable(buf)).as("%s", charset).isEqualTo(encoded);
                assertThat(buf.toString(charset)).isEqualTo(text);
                assertThat(buf.readerIndex()).isZero();
                assertThat(buf.getCharSequence(0, encoded.length, charset).toString())
                        .isEqualTo(text);
                assertThat(buf.readCharSequence(encoded.length, charset).toString())
                        .isEqualTo(text);
                assertThat(buf.isReadable()).isFalse();
            });
        });
    }

    @EveryKind
    default void setTextMovesNoIndex(BufferKind kind) {
        TEXTS.forEach((charset, text) -> {
            byte[] encoded = text.getBytes(charset);
            withEmpty(kind, buf -> {
                assertThat(buf.setCharSequence(9, text, charset)).isEqualTo(encoded.length);
                assertThat(buf.writerIndex()).isZero();
                assertThat(Bytes.get(buf, 9, encoded.length)).as("%s", charset).isEqualTo(encoded);
                assertThat(buf.toString(9, encoded.length, charset)).isEqualTo(text);
            });
        });
    }

    @EveryKind
    default void asciiStringsAndUnpairedSurrogatesAreText(BufferKind kind) {
        withEmpty(kind, buf -> {
            assertThat(buf.writeCharSequence(new AsciiString("header"), US_ASCII))
                    .isEqualTo(6);
            assertThat(buf.readCharSequence(6, US_ASCII).toString()).isEqualTo("header");
            assertThat(ByteBufUtil.writeUtf8(buf, "a\ud800b")).isEqualTo(3);
            assertThat(buf.readCharSequence(3, UTF_8).toString()).isEqualTo("a?b");
            assertThat(buf.toString(UTF_8)).isEmpty();
        });
    }

    @EveryKind
    default void textThatDoesNotFitIsRefused(BufferKind kind) {
        withEmpty(kind, buf -> {
            assertThatThrownBy(() -> buf.setCharSequence(CAPACITY - 2, "four", US_ASCII))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> buf.setCharSequence(-1, "four", UTF_8))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> buf.readCharSequence(1, UTF_8)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> buf.toString(0, CAPACITY + 1, UTF_8))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        });
    }

    @EveryKind(except = {})
    default void hexDumpsAreOfTheReadableBytes(BufferKind kind) {
        withContent(kind, new byte[] {0x0A, (byte) 0xFF, 0x10, 0x01}, buf -> {
            assertThat(ByteBufUtil.hexDump(buf)).isEqualTo("0aff1001");
            assertThat(ByteBufUtil.prettyHexDump(buf)).contains("0a ff 10 01");
            assertThat(ByteBufUtil.getBytes(buf)).containsExactly(0x0A, 0xFF, 0x10, 0x01);
        });
    }
}
