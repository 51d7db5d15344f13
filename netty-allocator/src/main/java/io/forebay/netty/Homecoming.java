package io.forebay.netty;

import io.forebay.pool.Slot;
import io.netty.util.IllegalReferenceCountException;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The ways by which buffers of one kind come to be idle whose last reference was released elsewhere than at home: sent
 * there and taken in by the loop, or, where nobody is at home or memory is short, kept by whoever released them.
 */
final class Homecoming {
    private static final int MOST_TAKEN_IN = 4 * BufferPools.MAX_PRIVATE_ITEMS;

    private final BufferPools pools;
    private final boolean isDirect;
    private final @Nullable Quarantine quarantine; // in debug mode
    private final Consumer<PooledBuf> arrive = this::arrive; // once: a hand-off is to make no garbage
    private final Consumer<PooledBuf> arriveElsewhere = this::arriveElsewhere;
    private volatile boolean keepsElsewhere; // any thread writes

    Homecoming(BufferPools pools, boolean isDirect, @Nullable Quarantine quarantine) {
        this.pools = pools;
        this.isDirect = isDirect;
        this.quarantine = quarantine;
    }

    /** Whether nothing is sent home, so that it is idle at once where a reclaim gets at it. */
    void keepElsewhere(boolean keepsElsewhere) {
        this.keepsElsewhere = keepsElsewhere;
    }

    /** Sends home a buffer whose last reference was released on another thread. */
    void send(PooledBuf buf) {
        Loop home = buf.home();
        if (home == null && buf.isSlotHidden()) {
            endWatched(buf, Objects.requireNonNull(buf.watch(), "watch"));
        } else {
            sendTo(home, buf);
        }
    }

    private void sendTo(@Nullable Loop home, PooledBuf buf) {
        if (home == null || keepsElsewhere || !home.returns(isDirect).send(buf)) {
            arriveElsewhere(buf);
        }
    }

    /** The end of a life that was watched or attended to: only now it is known where home is, maybe here. */
    private void endWatched(PooledBuf buf, LeakWatch.Reference watch) {
        Aftercare aftercare = watch.aftercare;
        watch.aftercare = null;
        watch.sampled = false;
        if (aftercare != null) {
            endAttended(buf, watch, aftercare);
        } else {
            goHome(buf, watch);
        }
    }

    /** As it is, a return: a second release at this moment, at home, is found out when the buffer arrives there. */
    private void goHome(PooledBuf buf, LeakWatch.Reference watch) {
        Loop home = watch.hiddenHome(); // before it shows: a release at home that has begun may then end the life, too
        Slot<PooledBuf> slot = watch.hiddenSlot();
        watch.revealSlotTo(buf);
        if (slot != null && slot.isOwner()) {
            arrive(buf);
        } else {
            sendTo(home, buf);
        }
    }

    private void endAttended(PooledBuf buf, LeakWatch.Reference watch, Aftercare aftercare) {
        int memoryBytes = buf.memoryBytes(); // it is another's as soon as it was given back
        try {
            aftercare.wipe(buf);
            if (quarantine == null) {
                goHome(buf, watch);
            } else {
                boolean arrived = buf.arrive(); // true: its slot is hidden, and stays so: all releases go by CAS
                assert arrived : buf;
                bury(buf, quarantine);
            }
        } finally {
            aftercare.discharge(memoryBytes);
        }
    }

    private void bury(PooledBuf buf, Quarantine quarantine) {
        PooledBuf over;
        try {
            over = quarantine.bury(buf);
        } catch (OutOfMemoryError noRoomToKeepIt) {
            pools.discard(buf);
            return;
        }
        pools.letGo(over, quarantine);
    }

    /** Makes idle a batch of what other threads released on the loop's behalf; false if it was the last. On the loop only. */
    boolean takeIn(Loop loop) {
        Returns returns = loop.returns(isDirect);
        return returns.take(Loop.RETURN_BATCH, arrive) > 0 && !returns.isEmpty();
    }

    /**
     * Likewise until one of the slot's is among them, which is returned. As many at a time as its private stack holds: the rest
     * may wait where it is, instead of being pushed on to the chain and back. And not all there are, if none of the class is
     * among them: that would hold the loop up longer than making one.
     */
    @Nullable
    PooledBuf takeIn(Loop loop, Slot<PooledBuf> slot, int privateItems) {
        Returns returns = loop.returns(isDirect);
        int taken = 0;
        while (taken < MOST_TAKEN_IN && !returns.isEmpty()) {
            int more = returns.take(privateItems, arrive);
            PooledBuf buf = slot.pollPrivate();
            if (buf != null || more == 0) {
                return buf;
            }
            taken += more;
        }
        return null;
    }

    /** The loop ends, on its own thread, or was found dead: what is on its way there arrives, and no more can set out. */
    void close(Loop loop) {
        // Its own thread takes them home even now: to look for the current loop here would make a new one.
        Consumer<PooledBuf> arrive = loop.isCurrentThread() ? this.arrive : arriveElsewhere;
        Returns returns = loop.returns(isDirect);
        returns.refuse(arrive);
        returns.takeAll(arrive);
    }

    /** The allocator closes: what would set out from here on is destroyed where it is; the loop sees to what has. */
    void refuse(Loop loop) {
        loop.returns(isDirect).refuse(arriveElsewhere);
    }

    private void arrive(PooledBuf buf) {
        if (buf.arrive()) {
            buf.becomeIdle();
        } else {
            reportDoubleRelease(buf);
        }
    }

    private void arriveElsewhere(PooledBuf buf) {
        if (!buf.arrive()) {
            reportDoubleRelease(buf);
            return;
        }
        buf.takenFrom(null, null);
        pools.giveBackElsewhere(buf);
    }

    /** Too late to throw at the culprit, but not too late to keep the buffer from having two owners. */
    private void reportDoubleRelease(PooledBuf buf) {
        Thread thread = Thread.currentThread();
        thread.getUncaughtExceptionHandler()
                .uncaughtException(
                        thread,
                        new IllegalReferenceCountException("a buffer of " + buf.memoryBytes() + " B of allocator "
                                + pools.allocatorName()
                                + " was released by its event loop and by another thread at the same"
                                + " moment (one release too many? it is kept once)"));
    }
}
