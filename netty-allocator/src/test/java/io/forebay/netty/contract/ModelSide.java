package io.forebay.netty.contract;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** One of the two buffers that {@link RandomizedModelContract} drives side by side, with the views taken of it. */
final class ModelSide {
    private static final int MAX_VIEWS = 6;
    private static final int ILLEGAL_ONE_IN = 12;

    final ByteBuf buf;
    final List<ByteBuf> views = new ArrayList<>();

    /** Whether views are taken of views. */
    private final boolean nested;

    ModelSide(ByteBuf buf, boolean nested) {
        this.buf = buf;
        this.nested = nested;
    }

    /** What a new view is taken of. */
    ByteBuf viewed(Random random) {
        return nested ? target(random) : buf;
    }

    /** Mostly the buffer itself, sometimes a view of it. */
    ByteBuf target(Random random) {
        if (views.isEmpty() || random.nextInt(4) != 0) {
            return buf;
        }
        return views.get(random.nextInt(views.size()));
    }

    /** Keeps a view that holds a reference of its own. */
    String keep(ByteBuf view) {
        if (views.size() == MAX_VIEWS) {
            view.release();
            return "too many views";
        }
        views.add(view);
        return "kept";
    }

    void releaseAll() {
        views.forEach(ByteBuf::release);
        views.clear();
        buf.release(buf.refCnt());
    }

    /** From zero to the limit, now and then outside. */
    static int upTo(Random random, int limit) {
        if (random.nextInt(ILLEGAL_ONE_IN) == 0) {
            return random.nextInt(limit + 10) - 3;
        }
        return random.nextInt(limit + 1);
    }

    /** Whether a method returned the buffer it was called on. */
    @SuppressWarnings("ReferenceEquality") // identity is what is asked
    static boolean isItself(ByteBuf result, ByteBuf target) {
        return result == target;
    }

    static int index(Random random, ByteBuf target) {
        return upTo(random, target.capacity());
    }

    static byte[] bytes(Random random, int length) {
        byte[] bytes = new byte[Math.max(0, length)];
        random.nextBytes(bytes);
        return bytes;
    }
}
