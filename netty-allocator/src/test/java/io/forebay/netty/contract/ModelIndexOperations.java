package io.forebay.netty.contract;

import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.Random;

/** Operations on indexes, capacity and single values. */
final class ModelIndexOperations {
    private static final Primitive[] PRIMITIVES = Primitive.values();

    private ModelIndexOperations() {}

    static List<ModelOperation> all() {
        return List.of(
                new ModelOperation("readerIndex", (s, r) -> move(s, b -> b.readerIndex(ModelSide.index(r, b)), r)),
                new ModelOperation("writerIndex", (s, r) -> move(s, b -> b.writerIndex(ModelSide.index(r, b)), r)),
                new ModelOperation("setIndex", (s, r) -> move(s, b -> setIndex(b, r), r)),
                new ModelOperation("clear", (s, r) -> move(s, ByteBuf::clear, r)),
                new ModelOperation("markReaderIndex", (s, r) -> move(s, ByteBuf::markReaderIndex, r)),
                new ModelOperation("markWriterIndex", (s, r) -> move(s, ByteBuf::markWriterIndex, r)),
                new ModelOperation("resetReaderIndex", (s, r) -> move(s, ByteBuf::resetReaderIndex, r)),
                new ModelOperation("resetWriterIndex", (s, r) -> move(s, ByteBuf::resetWriterIndex, r)),
                new ModelOperation(
                        "skipBytes", (s, r) -> move(s, b -> b.skipBytes(ModelSide.upTo(r, b.readableBytes())), r)),
                new ModelOperation("discardReadBytes", (s, r) -> move(s, ByteBuf::discardReadBytes, r)),
                new ModelOperation("discardSomeReadBytes", (s, r) -> move(s, ByteBuf::discardSomeReadBytes, r)),
                new ModelOperation("isReadable", (s, r) -> s.target(r).isReadable(r.nextInt(200))),
                new ModelOperation("isWritable", (s, r) -> s.target(r).isWritable(r.nextInt(200))),
                new ModelOperation("capacity", ModelIndexOperations::capacity),
                new ModelOperation("shrink", ModelIndexOperations::shrink),
                new ModelOperation("ensureWritable", ModelIndexOperations::ensureWritable),
                new ModelOperation("ensureWritable(force)", ModelIndexOperations::ensureWritableForced),
                new ModelOperation("get value", ModelIndexOperations::getValue),
                new ModelOperation("set value", ModelIndexOperations::setValue),
                new ModelOperation("read value", ModelIndexOperations::readValue),
                new ModelOperation("write value", ModelIndexOperations::writeValue));
    }

    /** An operation that returns the buffer it is called on. */
    private interface Move {
        ByteBuf apply(ByteBuf buf);
    }

    private static Object move(ModelSide side, Move move, Random random) {
        ByteBuf target = side.target(random);
        return ModelSide.isItself(move.apply(target), target);
    }

    private static ByteBuf setIndex(ByteBuf buf, Random random) {
        int readerIndex = ModelSide.index(random, buf);
        int room = Math.max(0, buf.capacity() - readerIndex);
        return buf.setIndex(readerIndex, readerIndex + ModelSide.upTo(random, room));
    }

    private static Object capacity(ModelSide side, Random random) {
        int capacity = ModelSide.upTo(random, side.buf.maxCapacity());
        return capacity < side.buf.capacity()
                ? "a shrink"
                : side.buf.capacity(capacity).capacity();
    }

    /** Not while there are views: what they show beyond the new capacity is undefined. */
    private static Object shrink(ModelSide side, Random random) {
        int capacity = ModelSide.upTo(random, side.buf.capacity());
        return side.views.isEmpty() ? side.buf.capacity(capacity).capacity() : "views alive";
    }

    private static Object ensureWritable(ModelSide side, Random random) {
        ByteBuf target = side.buf;
        int needed = ModelSide.upTo(random, target.maxWritableBytes());
        return target.ensureWritable(needed).writableBytes() >= needed;
    }

    private static Object ensureWritableForced(ModelSide side, Random random) {
        ByteBuf target = side.buf;
        return target.ensureWritable(ModelSide.upTo(random, target.maxWritableBytes()), random.nextBoolean());
    }

    private static Object getValue(ModelSide side, Random random) {
        ByteBuf target = side.target(random);
        Primitive type = type(random);
        return type.getter.get(target, ModelSide.index(random, target));
    }

    private static Object setValue(ModelSide side, Random random) {
        ByteBuf target = side.target(random);
        Primitive type = type(random);
        return ModelSide.isItself(type.setter.set(target, ModelSide.index(random, target), random.nextLong()), target);
    }

    private static Object readValue(ModelSide side, Random random) {
        ByteBuf target = side.target(random);
        return type(random).reader.read(target);
    }

    private static Object writeValue(ModelSide side, Random random) {
        ByteBuf target = side.target(random);
        return ModelSide.isItself(type(random).writer.write(target, random.nextLong()), target);
    }

    private static Primitive type(Random random) {
        return PRIMITIVES[random.nextInt(PRIMITIVES.length)];
    }
}
