package io.forebay.reactor;

import java.io.IOException;

/** How far a part of a file has been read, and how much of it there is still. For one thread at a time. */
final class FileRegion {
    /** Asks the channel. */
    interface Size {
        long bytes() throws IOException;
    }

    private final Size size;
    private long position;
    private long leftBytes;
    private long fileBytes; // when it was last asked: a call to the system is a twentieth of what reading 64 KiB takes

    FileRegion(Size size, long position, long bytes) {
        this.size = size;
        this.position = position;
        this.leftBytes = bytes;
    }

    long position() {
        return position;
    }

    /** How many bytes the next read can need, at most {@code chunkBytes}; asks for the size where that matters. */
    int nextBytes(int chunkBytes) throws IOException {
        if (fileBytes - position < Math.min(leftBytes, chunkBytes)) { // it may have grown
            fileBytes = size.bytes();
        }
        return nextBytes(fileBytes, position, leftBytes, chunkBytes);
    }

    /** How many bytes the next read can need; a file without a size, as those of /proc, is read to its end. */
    static int nextBytes(long fileBytes, long position, long leftBytes, int chunkBytes) {
        long thereAre = fileBytes == 0 ? Long.MAX_VALUE : fileBytes;
        return (int) Math.max(0, Math.min(Math.min(leftBytes, chunkBytes), thereAre - position));
    }

    void read(int bytes) {
        position += bytes;
        leftBytes -= bytes;
    }

    /** A read has come to the end of the file, wherever that was before. */
    void endIsHere() {
        fileBytes = Math.min(fileBytes, position);
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
