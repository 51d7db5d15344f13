package io.forebay.netty.contract;

import io.netty.buffer.ByteBuf;
import java.util.function.LongUnaryOperator;

/** Every primitive type a buffer can hold, each with its value carried in the low bits of a long. */
@SuppressWarnings("ImmutableEnumChecker") // the functions capture nothing
enum Primitive {
    BOOLEAN(
            1,
            false,
            (b, i, v) -> b.setBoolean(i, v != 0),
            (b, i) -> b.getBoolean(i) ? 1 : 0,
            (b, v) -> b.writeBoolean(v != 0),
            b -> b.readBoolean() ? 1 : 0,
            v -> v == 0 ? 0 : 1),
    BYTE(
            1,
            false,
            (b, i, v) -> b.setByte(i, (int) v),
            ByteBuf::getByte,
            (b, v) -> b.writeByte((int) v),
            ByteBuf::readByte,
            v -> (byte) v),
    UNSIGNED_BYTE(
            1,
            false,
            (b, i, v) -> b.setByte(i, (int) v),
            ByteBuf::getUnsignedByte,
            (b, v) -> b.writeByte((int) v),
            ByteBuf::readUnsignedByte,
            v -> v & 0xFF),
    SHORT(
            2,
            false,
            (b, i, v) -> b.setShort(i, (int) v),
            ByteBuf::getShort,
            (b, v) -> b.writeShort((int) v),
            ByteBuf::readShort,
            v -> (short) v),
    SHORT_LE(
            2,
            true,
            (b, i, v) -> b.setShortLE(i, (int) v),
            ByteBuf::getShortLE,
            (b, v) -> b.writeShortLE((int) v),
            ByteBuf::readShortLE,
            v -> (short) v),
    UNSIGNED_SHORT(
            2,
            false,
            (b, i, v) -> b.setShort(i, (int) v),
            ByteBuf::getUnsignedShort,
            (b, v) -> b.writeShort((int) v),
            ByteBuf::readUnsignedShort,
            v -> v & 0xFFFF),
    UNSIGNED_SHORT_LE(
            2,
            true,
            (b, i, v) -> b.setShortLE(i, (int) v),
            ByteBuf::getUnsignedShortLE,
            (b, v) -> b.writeShortLE((int) v),
            ByteBuf::readUnsignedShortLE,
            v -> v & 0xFFFF),
    CHAR(
            2,
            false,
            (b, i, v) -> b.setChar(i, (int) v),
            ByteBuf::getChar,
            (b, v) -> b.writeChar((int) v),
            ByteBuf::readChar,
            v -> (char) v),
    MEDIUM(
            3,
            false,
            (b, i, v) -> b.setMedium(i, (int) v),
            ByteBuf::getMedium,
            (b, v) -> b.writeMedium((int) v),
            ByteBuf::readMedium,
            v -> v << 40 >> 40),
    MEDIUM_LE(
            3,
            true,
            (b, i, v) -> b.setMediumLE(i, (int) v),
            ByteBuf::getMediumLE,
            (b, v) -> b.writeMediumLE((int) v),
            ByteBuf::readMediumLE,
            v -> v << 40 >> 40),
    UNSIGNED_MEDIUM(
            3,
            false,
            (b, i, v) -> b.setMedium(i, (int) v),
            ByteBuf::getUnsignedMedium,
            (b, v) -> b.writeMedium((int) v),
            ByteBuf::readUnsignedMedium,
            v -> v & 0xFF_FFFF),
    UNSIGNED_MEDIUM_LE(
            3,
            true,
            (b, i, v) -> b.setMediumLE(i, (int) v),
            ByteBuf::getUnsignedMediumLE,
            (b, v) -> b.writeMediumLE((int) v),
            ByteBuf::readUnsignedMediumLE,
            v -> v & 0xFF_FFFF),
    INT(
            4,
            false,
            (b, i, v) -> b.setInt(i, (int) v),
            ByteBuf::getInt,
            (b, v) -> b.writeInt((int) v),
            ByteBuf::readInt,
            v -> (int) v),
    INT_LE(
            4,
            true,
            (b, i, v) -> b.setIntLE(i, (int) v),
            ByteBuf::getIntLE,
            (b, v) -> b.writeIntLE((int) v),
            ByteBuf::readIntLE,
            v -> (int) v),
    UNSIGNED_INT(
            4,
            false,
            (b, i, v) -> b.setInt(i, (int) v),
            ByteBuf::getUnsignedInt,
            (b, v) -> b.writeInt((int) v),
            ByteBuf::readUnsignedInt,
            v -> v & 0xFFFF_FFFFL),
    UNSIGNED_INT_LE(
            4,
            true,
            (b, i, v) -> b.setIntLE(i, (int) v),
            ByteBuf::getUnsignedIntLE,
            (b, v) -> b.writeIntLE((int) v),
            ByteBuf::readUnsignedIntLE,
            v -> v & 0xFFFF_FFFFL),
    LONG(8, false, ByteBuf::setLong, ByteBuf::getLong, ByteBuf::writeLong, ByteBuf::readLong, v -> v),
    LONG_LE(8, true, ByteBuf::setLongLE, ByteBuf::getLongLE, ByteBuf::writeLongLE, ByteBuf::readLongLE, v -> v),
    FLOAT(
            4,
            false,
            (b, i, v) -> b.setFloat(i, toFloat(v)),
            (b, i) -> bits(b.getFloat(i)),
            (b, v) -> b.writeFloat(toFloat(v)),
            b -> bits(b.readFloat()),
            v -> bits(toFloat(v))),
    FLOAT_LE(
            4,
            true,
            (b, i, v) -> b.setFloatLE(i, toFloat(v)),
            (b, i) -> bits(b.getFloatLE(i)),
            (b, v) -> b.writeFloatLE(toFloat(v)),
            b -> bits(b.readFloatLE()),
            v -> bits(toFloat(v))),
    DOUBLE(
            8,
            false,
            (b, i, v) -> b.setDouble(i, toDouble(v)),
            (b, i) -> bits(b.getDouble(i)),
            (b, v) -> b.writeDouble(toDouble(v)),
            b -> bits(b.readDouble()),
            v -> bits(toDouble(v))),
    DOUBLE_LE(
            8,
            true,
            (b, i, v) -> b.setDoubleLE(i, toDouble(v)),
            (b, i) -> bits(b.getDoubleLE(i)),
            (b, v) -> b.writeDoubleLE(toDouble(v)),
            b -> bits(b.readDoubleLE()),
            v -> bits(toDouble(v)));

    /** Leaves no NaN or infinity, whose bits need not survive being passed around. */
    private static final int FINITE_FLOAT = ~(1 << 30);

    private static final long FINITE_DOUBLE = ~(1L << 62);

    /** Stores a value at an index. */
    interface Setter {
        ByteBuf set(ByteBuf buf, int index, long value);
    }

    /** Loads the value at an index. */
    interface Getter {
        long get(ByteBuf buf, int index);
    }

    /** Stores a value at the writer index. */
    interface Writer {
        ByteBuf write(ByteBuf buf, long value);
    }

    /** Loads the value at the reader index. */
    interface Reader {
        long read(ByteBuf buf);
    }

    final int width;
    final boolean littleEndian;
    final Setter setter;
    final Getter getter;
    final Writer writer;
    final Reader reader;
    private final LongUnaryOperator narrowing;

    Primitive(
            int width,
            boolean littleEndian,
            Setter setter,
            Getter getter,
            Writer writer,
            Reader reader,
            LongUnaryOperator narrowing) {
        this.width = width;
        this.littleEndian = littleEndian;
        this.setter = setter;
        this.getter = getter;
        this.writer = writer;
        this.reader = reader;
        this.narrowing = narrowing;
    }

    /** What is read after the value was written. */
    long narrowed(long value) {
        return narrowing.applyAsLong(value);
    }

    /** How the written value lies in memory. */
    byte[] encoded(long value) {
        long narrowed = narrowed(value);
        byte[] bytes = new byte[width];
        for (int i = 0; i < width; i++) {
            int position = littleEndian ? i : width - 1 - i;
            bytes[position] = (byte) (narrowed >>> (8 * i));
        }
        return bytes;
    }

    private static float toFloat(long value) {
        return Float.intBitsToFloat((int) value & FINITE_FLOAT);
    }

    private static double toDouble(long value) {
        return Double.longBitsToDouble(value & FINITE_DOUBLE);
    }

    private static long bits(float value) {
        return Float.floatToRawIntBits(value);
    }

    private static long bits(double value) {
        return Double.doubleToRawLongBits(value);
    }
}
