package io.forebay.netty;

import io.forebay.pool.Pool;
import io.forebay.pool.Slot;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** Whose buffers they are: a slot of the thread that plays the loop. */
final class Home {
    private static final Pool<PooledBuf> POOL =
            Pool.<PooledBuf>builder(Bufs::make).name("home").cyclesByHand().build();

    /** The slot of a thread that is none of the actors'. */
    static final Slot<PooledBuf> FAR = far();

    /** One for all states, as there would be: two rings for each would be 8 KiB, too much for jcstress. */
    static final Loop LOOP = Bufs.loop();

    // Of a buffer, where its arrivals are counted.
    private static final int IDLE = Bufs.BYTES - 2;
    private static final int DOUBLES = Bufs.BYTES - 1;

    private static volatile Slot<PooledBuf> slot = FAR;

    private Home() {}

    private static Slot<PooledBuf> far() {
        // No lambda of this class: the thread would wait for the class to be initialized, and that for the thread.
        CompletableFuture<Executor> executor = CompletableFuture.completedFuture(Runnable::run);
        return executor.thenApplyAsync(POOL::attach, task -> new Thread(task, "far").start())
                .join();
    }

    /**
     * The slot of the thread that played the loop last: which one will play it next, a state's constructor cannot know.
     */
    static Slot<PooledBuf> slot() {
        return slot;
    }

    /** The calling thread plays the loop. */
    static void enter() {
        if (!slot.isOwner()) {
            slot = POOL.attach(Runnable::run);
        }
    }

    /** After a release: 1 if that made the buffer idle at home, which the calling thread is then; it is taken out. */
    @SuppressWarnings("ReferenceEquality") // the very one
    static int takeIdle(PooledBuf buf) {
        Slot<PooledBuf> slot = buf.slot();
        return slot != null && slot.isOwner() && slot.pollPrivate() == buf ? 1 : 0;
    }

    /** What the loop does with all that others returned; for arbiters, of which one at a time plays the loop. */
    static synchronized void takeReturned() {
        LOOP.returns(/* direct= */ false).takeAll(Home::arrive);
    }

    private static void arrive(PooledBuf buf) {
        HeapBuf heap = (HeapBuf) buf;
        int counter = buf.arrive() ? IDLE : DOUBLES;
        heap._setByte(counter, heap._getByte(counter) + 1);
    }

    /** How often the buffer arrived and came to be idle. */
    static synchronized int idleOf(HeapBuf buf) {
        return buf._getByte(IDLE);
    }

    /** How often it arrived without its mark. */
    static synchronized int doublesOf(HeapBuf buf) {
        return buf._getByte(DOUBLES);
    }
}
