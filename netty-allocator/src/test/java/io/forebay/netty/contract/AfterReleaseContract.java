package io.forebay.netty.contract;

import static io.forebay.netty.contract.BufferKind.Trait.FIXED_CAPACITY;
import static io.forebay.netty.contract.BufferKind.Trait.READ_ONLY;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.IllegalReferenceCountException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Assertions;

/** No byte can be reached through a buffer that was released. */
interface AfterReleaseContract extends ContractSubject {
    /** Something that touches the content of a buffer. */
    interface Access {
        void perform(ByteBuf buf) throws Exception;
    }

    @EveryKind
    default void everyPrimitiveIsOutOfReachAfterRelease(BufferKind kind) {
        ByteBuf buf = released(kind);
        for (Primitive type : Primitive.values()) {
            assertRefused(type + " get", buf, b -> type.getter.get(b, 8));
            assertRefused(type + " set", buf, b -> type.setter.set(b, 8, 1));
            assertRefused(type + " read", buf, b -> type.reader.read(b));
            assertRefused(type + " write", buf, b -> type.writer.write(b, 1));
        }
    }

    @EveryKind
    default void everyBulkAccessIsRefusedAfterRelease(BufferKind kind) {
        ByteBuf buf = released(kind);
        transfers().forEach((name, access) -> assertRefused(name, buf, access));
        streams().forEach((name, access) -> assertRefused(name, buf, access));
    }

    @EveryKind
    default void everyViewAndSearchIsRefusedAfterRelease(BufferKind kind) {
        ByteBuf buf = released(kind);
        views().forEach((name, access) -> assertRefused(name, buf, access));
        searches().forEach((name, access) -> assertRefused(name, buf, access));
        if (allocator()
                .isDirectBufferPooled()) { // Netty's unpooled heap buffers search memory that is no longer theirs
            assertRefused("indexOf", buf, b -> b.indexOf(0, 10, (byte) 1));
            assertRefused("bytesBefore", buf, b -> b.bytesBefore((byte) 1));
        }
    }

    /** No more than this: some of Netty's buffers refuse even capacity() and alloc(). */
    @EveryKind
    default void whatTouchesNoContentStillAnswersAfterRelease(BufferKind kind) {
        ByteBuf buf = released(kind);
        assertThatCode(() -> {
                    assertThat(buf.refCnt()).isZero();
                    assertThat(buf.readableBytes()).isGreaterThanOrEqualTo(0);
                    assertThat(buf.toString()).isNotNull();
                })
                .doesNotThrowAnyException();
    }

    @EveryKind(except = {READ_ONLY, FIXED_CAPACITY})
    default void theCapacityCannotBeChangedAfterRelease(BufferKind kind) {
        ByteBuf buf = released(kind);
        assertRefused("capacity", buf, b -> b.capacity(5));
        assertRefused("capacity", buf, b -> b.capacity(5000));
    }

    private ByteBuf released(BufferKind kind) {
        ByteBuf buf = kind.filled(allocator(), Bytes.ascending(CAPACITY));
        buf.setIndex(10, 290).release();
        return buf;
    }

    private static void assertRefused(String name, ByteBuf buf, Access access) {
        assertThatThrownBy(() -> access.perform(buf), name).isInstanceOf(IllegalReferenceCountException.class);
    }

    private static Map<String, Access> transfers() {
        Map<String, Access> all = new LinkedHashMap<>();
        byte[] array = new byte[8];
        all.put("getBytes(array)", b -> b.getBytes(0, array));
        all.put("setBytes(array)", b -> b.setBytes(0, array));
        all.put("readBytes(array)", b -> b.readBytes(array));
        all.put("writeBytes(array)", b -> b.writeBytes(array));
        all.put("getBytes(nio)", b -> b.getBytes(0, ByteBuffer.allocate(8)));
        all.put("setBytes(nio)", b -> b.setBytes(0, ByteBuffer.allocate(8)));
        all.put("readBytes(nio)", b -> b.readBytes(ByteBuffer.allocate(8)));
        all.put("writeBytes(nio)", b -> b.writeBytes(ByteBuffer.allocate(8)));
        all.put("getBytes(buf)", b -> b.getBytes(0, Unpooled.buffer(8)));
        all.put("getBytes(buf, length)", b -> b.getBytes(0, Unpooled.buffer(8), 8));
        all.put("setBytes(buf)", b -> b.setBytes(0, Unpooled.wrappedBuffer(array)));
        all.put("setBytes(buf, length)", b -> b.setBytes(0, Unpooled.wrappedBuffer(array), 8));
        all.put("readBytes(buf)", b -> b.readBytes(Unpooled.buffer(8)));
        all.put("writeBytes(buf)", b -> b.writeBytes(Unpooled.wrappedBuffer(array)));
        all.put("setZero", b -> b.setZero(0, 1));
        all.put("writeZero", b -> b.writeZero(1));
        all.put("skipBytes", b -> b.skipBytes(1));
        all.put("discardReadBytes", ByteBuf::discardReadBytes);
        all.put("discardSomeReadBytes", ByteBuf::discardSomeReadBytes);
        all.put("ensureWritable", b -> b.ensureWritable(1));
        all.put("ensureWritable(force)", b -> b.ensureWritable(1, true));
        return all;
    }

    private static Map<String, Access> streams() {
        Map<String, Access> all = new LinkedHashMap<>();
        all.put("getBytes(stream)", b -> b.getBytes(0, new ByteArrayOutputStream(), 8));
        all.put("readBytes(stream)", b -> b.readBytes(new ByteArrayOutputStream(), 8));
        all.put("setBytes(stream)", b -> b.setBytes(0, new ByteArrayInputStream(new byte[8]), 8));
        all.put("writeBytes(stream)", b -> b.writeBytes(new ByteArrayInputStream(new byte[8]), 8));
        all.put("getCharSequence", b -> b.getCharSequence(0, 2, UTF_8));
        all.put("readCharSequence", b -> b.readCharSequence(2, UTF_8));
        all.put("setCharSequence", b -> b.setCharSequence(0, "no", UTF_8));
        all.put("writeCharSequence", b -> b.writeCharSequence("no", UTF_8));
        all.put("toString(charset)", b -> b.toString(UTF_8));
        return all;
    }

    private static Map<String, Access> views() {
        Map<String, Access> all = new LinkedHashMap<>();
        all.put("slice", ByteBuf::slice);
        all.put("slice(range)", b -> b.slice(0, 2));
        all.put("retainedSlice", ByteBuf::retainedSlice);
        all.put("retainedSlice(range)", b -> b.retainedSlice(0, 2));
        all.put("readSlice", b -> b.readSlice(2));
        all.put("readRetainedSlice", b -> b.readRetainedSlice(2));
        all.put("duplicate", ByteBuf::duplicate);
        all.put("retainedDuplicate", ByteBuf::retainedDuplicate);
        all.put("copy", ByteBuf::copy);
        all.put("copy(range)", b -> b.copy(0, 2));
        all.put("nioBuffer", ByteBuf::nioBuffer);
        all.put("nioBuffer(range)", b -> b.nioBuffer(0, 2));
        all.put("internalNioBuffer", b -> b.internalNioBuffer(0, 2));
        all.put("nioBuffers", ByteBuf::nioBuffers);
        all.put("nioBuffers(range)", b -> b.nioBuffers(0, 2));
        return all;
    }

    private static Map<String, Access> searches() {
        Map<String, Access> all = new LinkedHashMap<>();
        all.put("forEachByte", b -> b.forEachByte(value -> true));
        all.put("forEachByteDesc", b -> b.forEachByteDesc(value -> true));
        all.put("hashCode", b -> Assertions.assertNotEquals(0, b.hashCode()));
        all.put("equals", b -> Assertions.assertEquals(b, Unpooled.wrappedBuffer(new byte[280])));
        all.put("compareTo", b -> Assertions.assertNotEquals(0, b.compareTo(Unpooled.wrappedBuffer(new byte[280]))));
        return all;
    }
}
