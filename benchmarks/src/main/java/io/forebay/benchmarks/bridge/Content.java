package io.forebay.benchmarks.bridge;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/** What a load has in its buffers: a block of bytes that is cut anywhere, and begins anew when it is through. */
enum Content {
    /** Lines of 10 to 110 characters, ended by LF. */
    LINES {
        @Override
        byte[] block(int bytes) {
            return items(bytes, /* mostBytes= */ 110, /* lengthFieldBytes= */ 0, "\n");
        }
    },
    /** The same, ended by CR LF. */
    CR_LF_LINES {
        @Override
        byte[] block(int bytes) {
            return items(bytes, /* mostBytes= */ 110, /* lengthFieldBytes= */ 0, "\r\n");
        }
    },
    /** Frames of 10 to 250 bytes, each behind its length. */
    FRAMES {
        @Override
        byte[] block(int bytes) {
            return items(bytes, /* mostBytes= */ 250, LENGTH_FIELD_BYTES, "");
        }
    },
    /** Text with characters of two bytes here and there. No buffer ends within one: peers would get it wrong. */
    TEXT {
        @Override
        byte[] block(int bytes) {
            byte[] words = "Grüße aus dem Schwarzwald. ".getBytes(StandardCharsets.UTF_8);
            ByteBuffer block = ByteBuffer.allocate(bytes);
            while (block.hasRemaining()) {
                int room = Load.BUFFER_BYTES - block.position() % Load.BUFFER_BYTES;
                if (room < words.length) {
                    block.put(".".repeat(room).getBytes(StandardCharsets.UTF_8));
                } else {
                    block.put(words);
                }
            }
            return block.array();
        }
    };

    static final int LENGTH_FIELD_BYTES = Integer.BYTES;
    private static final int LEAST_BYTES = 10;
    private static final long SEED = 0xF0EBA1L;

    /** A block of so many bytes, which begins and ends with whole items. */
    abstract byte[] block(int bytes);

    private static byte[] items(int bytes, int mostBytes, int lengthFieldBytes, String end) {
        var random = new SplittableRandom(SEED);
        int around = lengthFieldBytes + end.length();
        ByteBuffer block = ByteBuffer.allocate(bytes);
        while (block.hasRemaining()) {
            int item = random.nextInt(LEAST_BYTES, mostBytes + 1);
            if (block.remaining() - around - item < around + LEAST_BYTES) { // no room for another
                item = block.remaining() - around;
            }
            if (lengthFieldBytes > 0) {
                block.putInt(item);
            }
            for (int i = 0; i < item; i++) {
                block.put((byte) random.nextInt('a', 'z' + 1));
            }
            block.put(end.getBytes(StandardCharsets.US_ASCII));
        }
        return block.array();
    }
}
