package io.forebay.netty.contract;

import static io.forebay.netty.contract.BufferKind.Trait.DIRECT_MEMORY;
import static io.forebay.netty.contract.BufferKind.Trait.FIXED_CAPACITY;
import static io.forebay.netty.contract.BufferKind.Trait.HEAP_MEMORY;
import static io.forebay.netty.contract.BufferKind.Trait.ON_VIRTUAL_THREAD;
import static io.forebay.netty.contract.BufferKind.Trait.READ_ONLY;
import static io.forebay.netty.contract.BufferKind.Trait.VIEW;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector.Level;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.BiFunction;

/** The ways in which a user comes to hold a buffer of an allocator. */
@SuppressWarnings("ImmutableEnumChecker") // the makers capture nothing, the traits never change
enum BufferKind {
    DIRECT(ByteBufAllocator::directBuffer, DIRECT_MEMORY),
    HEAP(ByteBufAllocator::heapBuffer, HEAP_MEMORY),
    IO(ByteBufAllocator::ioBuffer),
    DEFAULT(ByteBufAllocator::buffer),
    DIRECT_GROWN((a, n) -> Making.grown(a.directBuffer(1), n), DIRECT_MEMORY),
    HEAP_GROWN((a, n) -> Making.grown(a.heapBuffer(1), n), HEAP_MEMORY),
    DIRECT_GROWN_WITHIN_CLASS((a, n) -> a.directBuffer(n - 3).capacity(n), DIRECT_MEMORY),
    HEAP_GROWN_WITHIN_CLASS((a, n) -> a.heapBuffer(n - 3).capacity(n), HEAP_MEMORY),
    DIRECT_SHRUNK((a, n) -> a.directBuffer(n * 3).capacity(n), DIRECT_MEMORY),
    HEAP_SHRUNK((a, n) -> a.heapBuffer(n * 3).capacity(n), HEAP_MEMORY),
    DIRECT_RECYCLED((a, n) -> Making.recycled(() -> a.directBuffer(n)), DIRECT_MEMORY),
    HEAP_RECYCLED((a, n) -> Making.recycled(() -> a.heapBuffer(n)), HEAP_MEMORY),
    DIRECT_FROM_FREED_SLICE((a, n) -> Making.afterFreedViews(() -> a.directBuffer(n)), DIRECT_MEMORY),
    DIRECT_SLICE((a, n) -> Making.sliced(a.directBuffer(n + 32), n), DIRECT_MEMORY, FIXED_CAPACITY, VIEW),
    HEAP_SLICE((a, n) -> Making.sliced(a.heapBuffer(n + 32), n), HEAP_MEMORY, FIXED_CAPACITY, VIEW),
    DIRECT_SLICE_OF_SLICE(
            (a, n) -> Making.sliced(Making.sliced(a.directBuffer(n + 64), n + 32), n),
            DIRECT_MEMORY,
            FIXED_CAPACITY,
            VIEW),
    DIRECT_DUPLICATE((a, n) -> a.directBuffer(n).duplicate(), DIRECT_MEMORY, VIEW),
    HEAP_DUPLICATE((a, n) -> a.heapBuffer(n).duplicate(), HEAP_MEMORY, VIEW),
    DIRECT_RETAINED_SLICE(
            (a, n) -> Making.retainedSlice(a.directBuffer(n + 32), n), DIRECT_MEMORY, FIXED_CAPACITY, VIEW),
    HEAP_RETAINED_SLICE((a, n) -> Making.retainedSlice(a.heapBuffer(n + 32), n), HEAP_MEMORY, FIXED_CAPACITY, VIEW),
    DIRECT_RETAINED_DUPLICATE((a, n) -> Making.retainedDuplicate(a.directBuffer(n)), DIRECT_MEMORY, VIEW),
    HEAP_RETAINED_DUPLICATE((a, n) -> Making.retainedDuplicate(a.heapBuffer(n)), HEAP_MEMORY, VIEW),
    DIRECT_LEAK_AWARE_SIMPLE((a, n) -> LeakLevel.untilWrapped(Level.SIMPLE, () -> a.directBuffer(n)), DIRECT_MEMORY),
    DIRECT_LEAK_AWARE_PARANOID(
            (a, n) -> LeakLevel.untilWrapped(Level.PARANOID, () -> a.directBuffer(n)), DIRECT_MEMORY),
    HEAP_LEAK_AWARE_PARANOID((a, n) -> LeakLevel.untilWrapped(Level.PARANOID, () -> a.heapBuffer(n)), HEAP_MEMORY),
    DIRECT_FROM_OTHER_THREAD((a, n) -> Carrier.platformThread(() -> a.directBuffer(n)), DIRECT_MEMORY),
    HEAP_FROM_OTHER_THREAD((a, n) -> Carrier.platformThread(() -> a.heapBuffer(n)), HEAP_MEMORY),
    DIRECT_FROM_VIRTUAL_THREAD(
            (a, n) -> Carrier.virtualThread(() -> a.directBuffer(n)), DIRECT_MEMORY, ON_VIRTUAL_THREAD),
    DIRECT_READ_ONLY(ByteBufAllocator::directBuffer, DIRECT_MEMORY, READ_ONLY, FIXED_CAPACITY),
    HEAP_READ_ONLY(ByteBufAllocator::heapBuffer, HEAP_MEMORY, READ_ONLY, FIXED_CAPACITY);

    /** What is known of every buffer of a kind, beyond being a buffer. */
    enum Trait {
        DIRECT_MEMORY,
        HEAP_MEMORY,
        FIXED_CAPACITY,
        READ_ONLY,
        /** Shares the memory of another buffer, which has indexes of its own. */
        VIEW,
        ON_VIRTUAL_THREAD
    }

    private final BiFunction<ByteBufAllocator, Integer, ByteBuf> maker;
    private final Set<Trait> traits;

    BufferKind(BiFunction<ByteBufAllocator, Integer, ByteBuf> maker, Trait... traits) {
        this.maker = maker;
        this.traits = EnumSet.noneOf(Trait.class);
        this.traits.addAll(Set.of(traits));
    }

    boolean is(Trait trait) {
        return traits.contains(trait);
    }

    boolean isAvailable() {
        return !is(ON_VIRTUAL_THREAD) || Carrier.hasVirtualThreads();
    }

    /** A buffer with both indexes at zero, of exactly this capacity (at least 4) and with arbitrary content. */
    ByteBuf allocate(ByteBufAllocator allocator, int capacity) {
        ByteBuf buf = maker.apply(allocator, capacity);
        return is(READ_ONLY) ? buf.asReadOnly() : buf;
    }

    /** A buffer full of the content, all of it readable. */
    ByteBuf filled(ByteBufAllocator allocator, byte[] content) {
        ByteBuf buf = maker.apply(allocator, content.length);
        buf.setBytes(0, content).writerIndex(content.length);
        return is(READ_ONLY) ? buf.asReadOnly() : buf;
    }
}
