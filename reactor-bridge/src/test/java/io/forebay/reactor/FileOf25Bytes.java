package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A file of the bytes 0 to 24. */
final class FileOf25Bytes {
    private FileOf25Bytes() {}

    static Path in(Path directory) throws IOException {
        byte[] bytes = new byte[25];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
        }
        return Files.write(directory.resolve("file"), bytes);
    }

    static void isReadInChunksOf10(List<byte[]> chunks) {
        assertThat(chunks).extracting(chunk -> chunk.length).containsExactly(10, 10, 5);
        int next = 0;
        for (byte[] chunk : chunks) {
            for (byte actual : chunk) {
                assertThat(actual).isEqualTo((byte) next);
                next++;
            }
        }
    }
}
