package io.forebay.benchmarks.bridge;

/** Says where a list of buffers is full that has not more bytes than a limit, as one writes it by hand. */
final class HandList {
    private final long mostBytes;
    private long listBytes;

    HandList(long mostBytes) {
        this.mostBytes = mostBytes;
    }

    /** Whether the next buffer, of so many bytes, begins a new list. */
    boolean isFullBefore(int bytes) {
        listBytes += bytes;
        if (listBytes <= mostBytes) {
            return false;
        }
        listBytes = bytes;
        return true;
    }
}
