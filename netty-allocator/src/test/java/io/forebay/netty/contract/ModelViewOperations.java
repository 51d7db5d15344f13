package io.forebay.netty.contract;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;

/** Operations that make views, live with them, and let them go; and the reference count. */
final class ModelViewOperations {
    private ModelViewOperations() {}

    static List<ModelOperation> all() {
        return List.of(
                new ModelOperation("slice kept", ModelViewOperations::slice),
                new ModelOperation("retainedSlice", ModelViewOperations::retainedSlice),
                new ModelOperation(
                        "duplicate kept",
                        (s, r) -> s.keep(s.viewed(r).duplicate().retain())),
                new ModelOperation(
                        "retainedDuplicate", (s, r) -> s.keep(s.viewed(r).retainedDuplicate())),
                new ModelOperation("readRetainedSlice", ModelViewOperations::readRetainedSlice),
                new ModelOperation("readSlice", ModelViewOperations::readSlice),
                new ModelOperation(
                        "read-only kept",
                        (s, r) -> s.keep(s.viewed(r).asReadOnly().retain())),
                new ModelOperation("release a view", ModelViewOperations::releaseView),
                new ModelOperation("release all views", ModelViewOperations::releaseViews),
                new ModelOperation("copy", ModelViewOperations::copy),
                new ModelOperation("readBytes(length)", ModelViewOperations::readBytes),
                new ModelOperation("nioBuffer read", ModelViewOperations::readNio),
                new ModelOperation("nioBuffer written", ModelViewOperations::writeNio),
                new ModelOperation("internalNioBuffer read", ModelViewOperations::readInternalNio),
                new ModelOperation("nioBufferCount", (s, r) -> s.target(r).nioBufferCount()),
                new ModelOperation("little endian", ModelViewOperations::littleEndian),
                new ModelOperation("retain and release", ModelViewOperations::retainAndRelease),
                new ModelOperation("release too much", (s, r) -> s.buf.release(s.buf.refCnt() + 1)),
                new ModelOperation("retain nothing", (s, r) -> s.buf.retain(0)),
                new ModelOperation("isDirect", (s, r) -> s.target(r).isDirect()),
                new ModelOperation("isReadOnly", (s, r) -> s.target(r).isReadOnly()),
                new ModelOperation("isContiguous", (s, r) -> s.target(r).isContiguous()));
    }

    private static Object slice(ModelSide side, Random random) {
        ByteBuf target = side.viewed(random);
        int index = ModelSide.index(random, target);
        return side.keep(target.slice(index, ModelSide.upTo(random, Math.max(0, target.capacity() - index)))
                .retain());
    }

    private static Object retainedSlice(ModelSide side, Random random) {
        ByteBuf target = side.viewed(random);
        int index = ModelSide.index(random, target);
        return side.keep(target.retainedSlice(index, ModelSide.upTo(random, Math.max(0, target.capacity() - index))));
    }

    private static Object readRetainedSlice(ModelSide side, Random random) {
        ByteBuf target = side.viewed(random);
        return side.keep(target.readRetainedSlice(ModelSide.upTo(random, target.readableBytes())));
    }

    private static Object readSlice(ModelSide side, Random random) {
        ByteBuf target = side.target(random);
        return target.readSlice(ModelSide.upTo(random, target.readableBytes())).hashCode();
    }

    private static Object releaseView(ModelSide side, Random random) {
        if (side.views.isEmpty()) {
            return "no views";
        }
        side.views.remove(random.nextInt(side.views.size())).release();
        return "released";
    }

    private static Object releaseViews(ModelSide side, Random random) {
        if (random.nextInt(4) != 0) {
            return "not now";
        }
        side.views.forEach(ByteBuf::release);
        side.views.clear();
        return "released";
    }

    private static Object copy(ModelSide side, Random random) {
        ByteBuf target = side.target(random);
        int index = ModelSide.index(random, target);
        return hashAndRelease(target.copy(index, ModelSide.upTo(random, Math.max(0, target.capacity() - index))));
    }

    private static Object readBytes(ModelSide side, Random random) {
        ByteBuf target = side.target(random);
        return hashAndRelease(target.readBytes(ModelSide.upTo(random, target.readableBytes())));
    }

    private static Object hashAndRelease(ByteBuf copy) {
        int hash = copy.hashCode();
        copy.release();
        return hash;
    }

    private static Object readNio(ModelSide side, Random random) {
        ByteBuf target = side.target(random);
        int index = ModelSide.index(random, target);
        return target.nioBuffer(index, ModelSide.upTo(random, Math.max(0, target.capacity() - index)))
                .hashCode();
    }

    private static Object writeNio(ModelSide side, Random random) {
        ByteBuf target = side.target(random);
        ByteBuffer nio = target.nioBuffer();
        if (nio.remaining() > 0) {
            nio.put(random.nextInt(nio.remaining()), (byte) random.nextInt());
        }
        return nio.remaining();
    }

    private static Object readInternalNio(ModelSide side, Random random) {
        ByteBuf target = side.target(random);
        int index = ModelSide.index(random, target);
        return target.internalNioBuffer(index, ModelSide.upTo(random, Math.max(0, target.capacity() - index)))
                .slice()
                .hashCode();
    }

    @SuppressWarnings("deprecation") // order(..) is deprecated, not gone: handlers use it
    private static Object littleEndian(ModelSide side, Random random) {
        ByteBuf target = side.target(random);
        ByteBuf swapped = target.order(ByteOrder.LITTLE_ENDIAN);
        int index = ModelSide.index(random, target);
        swapped.setInt(index, random.nextInt());
        return target.getInt(index);
    }

    private static Object retainAndRelease(ModelSide side, Random random) {
        int count = 1 + random.nextInt(1000);
        side.buf.retain(count);
        return side.buf.release(count);
    }
}
