package io.forebay.netty.contract;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

/** Operations on many bytes at once. */
final class ModelBulkOperations {
    private static final String TEXT = "text \u00e4\u20ac\ud83d\ude80";

    private ModelBulkOperations() {}

    static List<ModelOperation> all() {
        return List.of(
                new ModelOperation("getBytes(array)", ModelBulkOperations::getArray),
                new ModelOperation("setBytes(array)", ModelBulkOperations::setArray),
                new ModelOperation("readBytes(array)", ModelBulkOperations::readArray),
                new ModelOperation("writeBytes(array)", ModelBulkOperations::writeArray),
                new ModelOperation("getBytes(buffer)", ModelBulkOperations::getBuffer),
                new ModelOperation("setBytes(buffer)", ModelBulkOperations::setBuffer),
                new ModelOperation("readBytes(buffer)", ModelBulkOperations::readBuffer),
                new ModelOperation("writeBytes(buffer)", ModelBulkOperations::writeBuffer),
                new ModelOperation("getBytes(nio)", ModelBulkOperations::getNio),
                new ModelOperation("setBytes(nio)", ModelBulkOperations::setNio),
                new ModelOperation("readBytes(nio)", ModelBulkOperations::readNio),
                new ModelOperation("writeBytes(nio)", ModelBulkOperations::writeNio),
                new ModelOperation("readBytes(stream)", ModelBulkOperations::readStream),
                new ModelOperation("writeBytes(stream)", ModelBulkOperations::writeStream),
                new ModelOperation("move within", ModelBulkOperations::moveWithin),
                new ModelOperation("setZero", ModelBulkOperations::setZero),
                new ModelOperation("writeZero", ModelBulkOperations::writeZero),
                new ModelOperation("writeCharSequence", (s, r) -> s.target(r).writeCharSequence(TEXT, UTF_8)),
                new ModelOperation("setCharSequence", ModelBulkOperations::setText),
                new ModelOperation("toString(charset)", (s, r) -> s.target(r).toString(ISO_8859_1)),
                new ModelOperation("indexOf", ModelBulkOperations::indexOf),
                new ModelOperation("bytesBefore", (s, r) -> s.target(r).bytesBefore((byte) r.nextInt())),
                new ModelOperation("forEachByte", ModelBulkOperations::forEachByte),
                new ModelOperation("forEachByteDesc", ModelBulkOperations::forEachByteDesc),
                new ModelOperation("hashCode", (s, r) -> s.target(r).hashCode()));
    }

    private static Object getArray(ModelSide side, Random random) {
        ByteBuf target = side.target(random);
        byte[] array = new byte[random.nextInt(100)];
        target.getBytes(ModelSide.index(random, target), array);
        return hex(array);
    }

    private static Object setArray(ModelSide side, Random random) {
        ByteBuf target = side.target(random);
        byte[] array = ModelSide.bytes(random, random.nextInt(100));
        int offset = ModelSide.upTo(random, array.length);
        return ModelSide.isItself(
                target.setBytes(ModelSide.index(random, target), array, offset, array.length - offset), target);
    }

    private static Object readArray(ModelSide side, Random random) {
        ByteBuf target = side.target(random);
        byte[] array = new byte[Math.max(0, ModelSide.upTo(random, target.readableBytes()))];
        target.readBytes(array);
        return hex(array);
    }

    private static Object writeArray(ModelSide side, Random random) {
        ByteBuf target = side.target(random);
        return ModelSide.isItself(target.writeBytes(ModelSide.bytes(random, random.nextInt(300))), target);
    }

    private static Object getBuffer(ModelSide side, Random random) {
        ByteBuf target = side.target(random);
        ByteBuf other = other(random, new byte[random.nextInt(100)]).clear();
        target.getBytes(ModelSide.index(random, target), other);
        return hex(Bytes.readable(other));
    }

    private static Object setBuffer(ModelSide side, Random random) {
        ByteBuf target = side.target(random);
        ByteBuf other = other(random, ModelSide.bytes(random, random.nextInt(100)));
        target.setBytes(ModelSide.index(random, target), other, ModelSide.upTo(random, other.readableBytes()));
        return other.readerIndex();
    }

    private static Object readBuffer(ModelSide side, Random random) {
        ByteBuf target = side.target(random);
        ByteBuf other = other(random, new byte[random.nextInt(100)]).clear();
        target.readBytes(other, ModelSide.upTo(random, target.readableBytes()));
        return hex(Bytes.readable(other));
    }

    private static Object writeBuffer(ModelSide side, Random random) {
        ByteBuf target = side.target(random);
        ByteBuf other = other(random, ModelSide.bytes(random, random.nextInt(300)));
        target.writeBytes(other, ModelSide.upTo(random, other.readableBytes()));
        return other.readerIndex();
    }

    private static Object getNio(ModelSide side, Random random) {
        ByteBuf target = side.target(random);
        ByteBuffer other = nio(random, new byte[random.nextInt(100)]);
        target.getBytes(ModelSide.index(random, target), other);
        return other.flip();
    }

    private static Object setNio(ModelSide side, Random random) {
        ByteBuf target = side.target(random);
        ByteBuffer other = nio(random, ModelSide.bytes(random, random.nextInt(100)));
        target.setBytes(ModelSide.index(random, target), other);
        return other.position();
    }

    private static Object readNio(ModelSide side, Random random) {
        ByteBuf target = side.target(random);
        ByteBuffer other = nio(random, new byte[Math.max(0, ModelSide.upTo(random, target.readableBytes()))]);
        target.readBytes(other);
        return other.flip();
    }

    private static Object writeNio(ModelSide side, Random random) {
        ByteBuf target = side.target(random);
        ByteBuffer other = nio(random, ModelSide.bytes(random, random.nextInt(300)));
        target.writeBytes(other);
        return other.position();
    }

    private static Object readStream(ModelSide side, Random random) throws IOException {
        ByteBuf target = side.target(random);
        var out = new ByteArrayOutputStream();
        target.readBytes(out, ModelSide.upTo(random, target.readableBytes()));
        return hex(out.toByteArray());
    }

    private static Object writeStream(ModelSide side, Random random) throws IOException {
        ByteBuf target = side.target(random);
        var in = new ByteArrayInputStream(ModelSide.bytes(random, random.nextInt(50)));
        return target.writeBytes(in, random.nextInt(100));
    }

    private static Object moveWithin(ModelSide side, Random random) {
        ByteBuf target = side.buf;
        int length = random.nextInt(target.capacity() / 2 + 1);
        return ModelSide.isItself(
                target.setBytes(ModelSide.index(random, target), target, ModelSide.index(random, target), length),
                target);
    }

    private static Object setZero(ModelSide side, Random random) {
        ByteBuf target = side.target(random);
        return ModelSide.isItself(target.setZero(ModelSide.index(random, target), random.nextInt(100)), target);
    }

    private static Object writeZero(ModelSide side, Random random) {
        ByteBuf target = side.target(random);
        return ModelSide.isItself(target.writeZero(ModelSide.upTo(random, 300)), target);
    }

    private static Object setText(ModelSide side, Random random) {
        ByteBuf target = side.target(random);
        return target.setCharSequence(ModelSide.index(random, target), TEXT, UTF_8);
    }

    private static Object indexOf(ModelSide side, Random random) {
        ByteBuf target = side.target(random);
        int from = random.nextInt(target.capacity() + 1);
        return target.indexOf(from, random.nextInt(target.capacity() + 1), (byte) random.nextInt());
    }

    private static Object forEachByte(ModelSide side, Random random) {
        ByteBuf target = side.target(random);
        byte stop = (byte) random.nextInt();
        int index = ModelSide.index(random, target);
        return target.forEachByte(index, ModelSide.upTo(random, target.capacity()) / 2, value -> value != stop);
    }

    private static Object forEachByteDesc(ModelSide side, Random random) {
        byte stop = (byte) random.nextInt();
        return side.target(random).forEachByteDesc(value -> value != stop);
    }

    private static ByteBuf other(Random random, byte[] content) {
        ByteBuf heap = Unpooled.wrappedBuffer(content);
        return random.nextBoolean() ? heap : Unpooled.wrappedBuffer(nio(random, content));
    }

    private static ByteBuffer nio(Random random, byte[] content) {
        if (random.nextBoolean()) {
            return ByteBuffer.wrap(content);
        }
        return ByteBuffer.allocateDirect(content.length).put(content).flip();
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
