package io.forebay.netty.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.io.UncheckedIOException;

/** What every part of the contract is written against: an allocator, and a way to borrow one of its buffers. */
interface ContractSubject {
    /** Not a size class of anyone, and large enough that {@link BufferKind}'s grown buffers crossed several. */
    int CAPACITY = 300;

    /** The allocator whose buffers are under test. */
    ByteBufAllocator allocator();

    /** A test of one buffer, which stays owned by the caller. */
    interface BufferTest {
        void run(ByteBuf buf) throws IOException;
    }

    /** Runs the test on an empty buffer of {@link #CAPACITY} bytes. */
    default void withEmpty(BufferKind kind, BufferTest test) {
        runAndRelease(kind.allocate(allocator(), CAPACITY), test);
    }

    /** Runs the test on a buffer whose readable bytes, and whole capacity, are the content. */
    default void withContent(BufferKind kind, byte[] content, BufferTest test) {
        runAndRelease(kind.filled(allocator(), content), test);
    }

    /** The test must leave the buffer with the one reference it came with, so the last release frees it. */
    default void runAndRelease(ByteBuf buf, BufferTest test) {
        boolean passed = false;
        try {
            test.run(buf);
            passed = true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            if (!passed && buf.refCnt() > 0) {
                buf.release(buf.refCnt());
            }
        }
        assertThat(buf.refCnt()).as("references left by the test").isEqualTo(1);
        assertThat(buf.release()).as("the last release frees the buffer").isTrue();
    }
}
