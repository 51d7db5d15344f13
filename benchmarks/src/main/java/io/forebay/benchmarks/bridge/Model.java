package io.forebay.benchmarks.bridge;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What is to come out, made of plain arrays. */
final class Model {
    private Model() {}

    /** Pieces of one size; the last may be shorter. */
    static List<byte[]> pieces(byte[] bytes, int pieceBytes) {
        var pieces = new ArrayList<byte[]>();
        for (int begin = 0; begin < bytes.length; begin += pieceBytes) {
            pieces.add(Arrays.copyOfRange(bytes, begin, Math.min(begin + pieceBytes, bytes.length)));
        }
        return pieces;
    }

    /** What ends in the delimiter, without it. */
    static List<byte[]> split(byte[] bytes, String delimiter) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        var pieces = new ArrayList<byte[]>();
        int begin = 0;
        while (begin < text.length()) {
            int end = text.indexOf(delimiter, begin);
            pieces.add(Arrays.copyOfRange(bytes, begin, end));
            begin = end + delimiter.length();
        }
        return pieces;
    }

    /** What follows its length, without that. */
    static List<byte[]> frames(byte[] bytes) {
        ByteBuffer left = ByteBuffer.wrap(bytes);
        var frames = new ArrayList<byte[]>();
        while (left.hasRemaining()) {
            byte[] frame = new byte[left.getInt()];
            left.get(frame);
            frames.add(frame);
        }
        return frames;
    }

    /** The bytes behind their length. */
    static byte[] prefixed(byte[] bytes) {
        return ByteBuffer.allocate(Content.LENGTH_FIELD_BYTES + bytes.length)
                .putInt(bytes.length)
                .put(bytes)
                .array();
    }

    /** A number among the elements. */
    static byte[] number(long number) {
        return ByteBuffer.allocate(Long.BYTES).putLong(number).array();
    }
}
