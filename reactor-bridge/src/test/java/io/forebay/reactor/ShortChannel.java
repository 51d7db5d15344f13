package io.forebay.reactor;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.concurrent.atomic.AtomicInteger;

/** A file that takes and gives only a few bytes at a call, and counts the calls; it may be closed before one of them. */
final class ShortChannel extends FileChannel {
    private final FileChannel file;
    private final int mostBytes;
    private final AtomicInteger sizes = new AtomicInteger();
    private final AtomicInteger reads = new AtomicInteger();
    private int closedAtRead = Integer.MAX_VALUE;

    ShortChannel(FileChannel file, int mostBytes) {
        this.file = file;
        this.mostBytes = mostBytes;
    }

    /** It is closed by somebody else in the middle of that read, the first being 1. */
    ShortChannel closedAtRead(int read) {
        closedAtRead = read;
        return this;
    }

    int sizes() {
        return sizes.get();
    }

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
        if (reads.incrementAndGet() >= closedAtRead) {
            close();
            throw new ClosedChannelException();
        }
        return few(into, few -> file.read(few, position));
    }

    @Override
    public int write(ByteBuffer from, long position) throws IOException {
        return few(from, few -> file.write(few, position));
    }

    private interface Transfer {
        int of(ByteBuffer few) throws IOException;
    }

    private int few(ByteBuffer buffer, Transfer transfer) throws IOException {
        int limit = buffer.limit();
        buffer.limit(Math.min(limit, buffer.position() + mostBytes));
        try {
            return transfer.of(buffer);
        } finally {
            buffer.limit(limit);
        }
    }

    @Override
    public long size() throws IOException {
        sizes.incrementAndGet();
        return file.size();
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
        file.truncate(size);
        return this;
    }

    @Override
    protected void implCloseChannel() throws IOException {
        file.close();
    }

    @Override
    public int read(ByteBuffer into) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long read(ByteBuffer[] into, int offset, int length) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int write(ByteBuffer from) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long write(ByteBuffer[] from, int offset, int length) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long position() {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileChannel position(long position) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void force(boolean metaData) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long position, long count) {
        throw new UnsupportedOperationException();
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) {
        throw new UnsupportedOperationException();
    }
}
