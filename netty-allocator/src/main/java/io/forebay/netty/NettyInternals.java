package io.forebay.netty;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.FastThreadLocalThread;
import io.netty.util.internal.CleanableDirectBuffer;
import io.netty.util.internal.PlatformDependent;
import io.netty.util.internal.ThreadExecutorMap;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * All that is taken from {@code io.netty.util.internal}: direct memory, access by address, and the executor of the
 * calling thread. Nothing else in Forebay refers to that package; a test pins what is used here. And by what name Netty's
 * buffers ask each other for access.
 */
final class NettyInternals {
    /** Whether direct memory is read and written by address; otherwise through its {@link ByteBuffer}. */
    static final boolean ACCESS_BY_ADDRESS = PlatformDependent.hasUnsafe() && PlatformDependent.isUnaligned();

    private static final boolean LITTLE_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

    static final long NO_ADDRESS = 0;

    private static final String OWN_PACKAGE = NettyInternals.class.getPackageName() + '.';

    private NettyInternals() {}

    /**
     * Takes direct memory from the system, counted by Netty against its own limit.
     *
     * @throws OutOfMemoryError of Netty's or the JVM's kind
     */
    static CleanableDirectBuffer allocate(int bytes) {
        // true: freeing may be dear (JDK 25 without native access) and is worth it, as memory is taken in few large
        // pieces. The one-argument form would hand out memory that only the garbage collector frees.
        return PlatformDependent.allocateDirect(bytes, true);
    }

    static long addressOf(CleanableDirectBuffer memory) {
        if (memory.hasMemoryAddress()) {
            return memory.memoryAddress();
        }
        ByteBuffer buffer = memory.buffer();
        return PlatformDependent.hasDirectByteBufferAddress(buffer)
                ? PlatformDependent.directBufferAddress(buffer)
                : NO_ADDRESS;
    }

    /** The event loop that the calling thread runs, null on any other thread. */
    static @Nullable EventExecutor currentEventLoop() {
        return FastThreadLocalThread.currentThreadWillCleanupFastThreadLocals()
                ? ThreadExecutorMap.currentExecutor()
                : null;
    }

    /**
     * Whether a buffer is being asked for its reference count only so that Netty can refuse access to it. Dear: it walks
     * the stack.
     */
    static boolean isAskedForAccess() {
        return StackWalker.getInstance()
                .walk(frames -> frames.dropWhile(frame -> frame.getClassName().startsWith(OWN_PACKAGE))
                        .findFirst()
                        .filter(frame -> frame.getMethodName().equals("isAccessible"))
                        .isPresent());
    }

    static byte getByte(long address) {
        return PlatformDependent.getByte(address);
    }

    static short getShort(long address) {
        short value = PlatformDependent.getShort(address);
        return LITTLE_ENDIAN ? Short.reverseBytes(value) : value;
    }

    static short getShortLE(long address) {
        short value = PlatformDependent.getShort(address);
        return LITTLE_ENDIAN ? value : Short.reverseBytes(value);
    }

    static int getInt(long address) {
        int value = PlatformDependent.getInt(address);
        return LITTLE_ENDIAN ? Integer.reverseBytes(value) : value;
    }

    static int getIntLE(long address) {
        int value = PlatformDependent.getInt(address);
        return LITTLE_ENDIAN ? value : Integer.reverseBytes(value);
    }

    static long getLong(long address) {
        long value = PlatformDependent.getLong(address);
        return LITTLE_ENDIAN ? Long.reverseBytes(value) : value;
    }

    static long getLongLE(long address) {
        long value = PlatformDependent.getLong(address);
        return LITTLE_ENDIAN ? value : Long.reverseBytes(value);
    }

    static void setByte(long address, int value) {
        PlatformDependent.putByte(address, (byte) value);
    }

    static void setShort(long address, int value) {
        PlatformDependent.putShort(address, LITTLE_ENDIAN ? Short.reverseBytes((short) value) : (short) value);
    }

    static void setShortLE(long address, int value) {
        PlatformDependent.putShort(address, LITTLE_ENDIAN ? (short) value : Short.reverseBytes((short) value));
    }

    static void setInt(long address, int value) {
        PlatformDependent.putInt(address, LITTLE_ENDIAN ? Integer.reverseBytes(value) : value);
    }

    static void setIntLE(long address, int value) {
        PlatformDependent.putInt(address, LITTLE_ENDIAN ? value : Integer.reverseBytes(value));
    }

    static void setLong(long address, long value) {
        PlatformDependent.putLong(address, LITTLE_ENDIAN ? Long.reverseBytes(value) : value);
    }

    static void setLongLE(long address, long value) {
        PlatformDependent.putLong(address, LITTLE_ENDIAN ? value : Long.reverseBytes(value));
    }

    /** Copies {@code bytes} bytes; where the ranges overlap, as if through a third place. */
    static void copy(long from, long to, int bytes) {
        PlatformDependent.copyMemory(from, to, bytes); // one call of Unsafe, which moves, on every JDK newer than 8
    }

    static void fill(long address, int bytes, byte value) {
        PlatformDependent.setMemory(address, bytes, value);
    }

    static void copy(long from, byte[] to, int toIndex, int bytes) {
        PlatformDependent.copyMemory(from, to, toIndex, bytes);
    }

    static void copy(byte[] from, int fromIndex, long to, int bytes) {
        PlatformDependent.copyMemory(from, fromIndex, to, bytes);
    }
}
