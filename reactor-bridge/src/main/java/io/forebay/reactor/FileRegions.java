package io.forebay.reactor;

/** Arithmetic of parts of files. */
final class FileRegions {
    private FileRegions() {}

    /** How many bytes the next read can need; a file without a size, as those of /proc, is read to its end. */
    static int nextBytes(long fileBytes, long position, long leftBytes, int chunkBytes) {
        long wanted = Math.min(leftBytes, chunkBytes);
        return (int) (fileBytes == 0 ? wanted : Math.max(0, Math.min(wanted, fileBytes - position)));
    }

    static void require(long position, long bytes, int chunkBytes) {
        requireNotNegative("position", position);
        requireNotNegative("bytes", bytes);
        requireChunk(chunkBytes);
    }

    static void requireChunk(int chunkBytes) {
        if (chunkBytes <= 0) {
            throw new IllegalArgumentException("chunkBytes must be > 0: chunkBytes=" + chunkBytes);
        }
    }

    static void requireNotNegative(String name, long value) {
        if (value < 0) {
            throw new IllegalArgumentException(name + " must be >= 0: " + name + '=' + value);
        }
    }
}
