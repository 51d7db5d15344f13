package io.forebay.netty.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Long random lives of a buffer, each step of which is taken by a buffer of Netty's own as well and compared. */
@TestInstance(Lifecycle.PER_CLASS)
abstract class RandomizedModelContract {
    private static final List<ModelOperation> OPERATIONS = ModelOperation.all();
    private static final UnpooledByteBufAllocator MODEL = new UnpooledByteBufAllocator(/* preferDirect= */ true);
    private static final int LIVES = 20;
    private static final int STEPS = 300;

    private final ByteBufAllocator allocator;
    private final ByteBufAllocator books;

    RandomizedModelContract(ByteBufAllocator allocator) {
        this(allocator, allocator);
    }

    /** The contract of a view: the books are kept by what it is a view of. */
    RandomizedModelContract(ByteBufAllocator allocator, ByteBufAllocator books) {
        this.allocator = allocator;
        this.books = books;
    }

    @AfterEach
    final void everyBufferIsBack() {
        LedgerCheck.assertClean(books);
    }

    @AfterAll
    final void nothingIsLeftAfterClose() throws Exception {
        LedgerCheck.assertCleanAfterClose(books);
        afterClose();
    }

    /** For what must outlive the allocator. */
    void afterClose() {}

    /** Whether views of views keep within the bounds of what they are taken of. */
    boolean nestedViews() {
        return true;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 22, 333, 4444, 55_555})
    void directBuffersBehaveAsTheModel(long seed) {
        var random = new Random(seed);
        for (int life = 0; life < LIVES; life++) {
            int maxCapacity = 64 + random.nextInt(6000);
            int capacity = random.nextInt(Math.min(maxCapacity, 1000));
            live(
                    seed,
                    random,
                    allocator.directBuffer(capacity, maxCapacity),
                    MODEL.directBuffer(capacity, maxCapacity));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {9, 88, 777, 6666, 55_556})
    void heapBuffersBehaveAsTheModel(long seed) {
        var random = new Random(seed);
        for (int life = 0; life < LIVES; life++) {
            int maxCapacity = 64 + random.nextInt(6000);
            int capacity = random.nextInt(Math.min(maxCapacity, 1000));
            live(seed, random, allocator.heapBuffer(capacity, maxCapacity), MODEL.heapBuffer(capacity, maxCapacity));
        }
    }

    private void live(long seed, Random random, ByteBuf subjectBuf, ByteBuf modelBuf) {
        var subject = new ModelSide(subjectBuf.setZero(0, subjectBuf.capacity()), nestedViews());
        var model = new ModelSide(modelBuf.setZero(0, modelBuf.capacity()), nestedViews());
        try {
            for (int step = 0; step < STEPS; step++) {
                ModelOperation operation = OPERATIONS.get(random.nextInt(OPERATIONS.size()));
                String where = "seed " + seed + ", step " + step + ", " + operation.name();
                step(where, operation, random.nextLong(), subject, model);
            }
        } finally {
            subject.releaseAll();
            model.releaseAll();
        }
    }

    private static void step(
            String where, ModelOperation operation, long arguments, ModelSide subject, ModelSide model) {
        int capacity = model.buf.capacity();
        Object actual = operation.perform(subject, arguments);
        Object expected = operation.perform(model, arguments);
        assertThat(actual).as("result at %s", where).isEqualTo(expected);
        if (model.buf.capacity() > capacity || subject.buf.capacity() > capacity) {
            alignGrowth(where, capacity, subject.buf, model.buf);
        }
        assertSame(where, subject.buf, model.buf);
        if (model.views.isEmpty()) { // else some count a view's references with it, as PooledByteBufAllocator's do
            assertThat(subject.buf.refCnt()).as("refCnt at %s", where).isEqualTo(model.buf.refCnt());
        }
        assertThat(subject.views).as("views at %s", where).hasSameSizeAs(model.views);
        for (int i = 0; i < model.views.size(); i++) {
            assertSame(where + ", view " + i, subject.views.get(i), model.views.get(i));
        }
    }

    /** By how much a buffer grows beyond need is its own affair, and so is what the new bytes contain. */
    private static void alignGrowth(String where, int before, ByteBuf subject, ByteBuf model) {
        assertThat(subject.capacity()).as("capacity at %s", where).isGreaterThanOrEqualTo(model.writerIndex());
        model.capacity(subject.capacity());
        int unwritten = Math.max(before, model.writerIndex());
        subject.setZero(unwritten, subject.capacity() - unwritten);
        model.setZero(unwritten, model.capacity() - unwritten);
    }

    private static void assertSame(String where, ByteBuf subject, ByteBuf model) {
        String expected = "reader=" + model.readerIndex() + " writer=" + model.writerIndex() + " capacity="
                + model.capacity() + " max=" + model.maxCapacity() + " maxWritable=" + model.maxWritableBytes();
        String actual = "reader=" + subject.readerIndex() + " writer=" + subject.writerIndex() + " capacity="
                + subject.capacity() + " max=" + subject.maxCapacity() + " maxWritable=" + subject.maxWritableBytes();
        assertThat(actual).as("state at %s", where).isEqualTo(expected);
        assertThat(Bytes.get(subject, 0, subject.capacity()))
                .as("content at %s", where)
                .isEqualTo(Bytes.get(model, 0, model.capacity()));
    }
}
