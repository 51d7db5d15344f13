package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;

/** The elements as they come, and no request for more while so many bytes of them have not been released below. */
final class LimitRateBytes implements Reframer<Lease> {
    /*
     *   next, pass: add to outBytes;  be the emitter until the worker looks again: hasNext, isHungry or close
     *   released:   by the emitter: take from outBytes;  else add to backBytes, and wake if that goes above wakeAt
     *   isHungry:   outBytes - backBytes < limit;  if not, wakeAt = outBytes - limit, and look again
     *
     * Most is released by the subscriber's onNext, which is within the worker's loop, and needs no atomic operation. A thread that
     * finds itself in emitter is the worker, whatever it sees of others' writes: none but itself puts it there, and it takes itself
     * out before it stops being the worker.
     *
     * Who releases elsewhere writes backBytes, then reads wakeAt; the worker writes wakeAt, then reads backBytes again. Both are
     * volatile, so one of the two sees the other. As backBytes only grows, one release crosses a wakeAt; one that is out of date
     * was crossed before, or wakes for nothing. What the emitter releases may let in more as well, and needs no wake-up: after
     * each element the worker looks whether it is hungry, or else waits for a signal that makes it look.
     */
    private static final long NEVER = Long.MAX_VALUE;

    private final long limitBytes;
    private final Scheduler requestOn;
    private final LeaseRow leases = new LeaseRow(); // none of them empty
    private final AtomicLong backBytes = new AtomicLong(); // who releases adds, but the emitter
    private volatile long wakeAt = NEVER; // worker writes, who releases reads
    private @Nullable Thread emitter; // worker writes itself and null, who releases compares with itself

    // The worker's.
    private long outBytes; // of all there were, less what the emitter released
    private Runnable wake = () -> {};

    LimitRateBytes(long limitBytes, Scheduler requestOn) {
        this.limitBytes = limitBytes;
        this.requestOn = requestOn;
    }

    @Override
    public void whenHungry(Runnable wake) {
        this.wake = wake;
    }

    @Override
    public void feed(Lease lease) {
        if (lease.buffer().isReadable()) {
            leases.addLast(lease);
        } else {
            lease.close();
        }
    }

    @Override
    public @Nullable Lease pass(Lease lease) {
        return isEmpty() && lease.buffer().isReadable() ? letOut(lease) : null;
    }

    @Override
    public @Nullable Lease pass(ByteBuf buffer) {
        return isEmpty() && buffer.isReadable() ? letOut(buffer, buffer.capacity(), /* scope= */ null) : null;
    }

    @Override
    public boolean hasNext() {
        emitter = null;
        return !isEmpty();
    }

    private boolean isEmpty() {
        return leases.size() == 0;
    }

    @Override
    public Lease next() {
        return letOut(leases.removeFirst());
    }

    private Lease letOut(Lease lease) {
        int cost = lease.capacityCost();
        LeaseScope scope = lease.scope();
        return letOut(lease.detach(), cost, scope);
    }

    /** Takes the reference over, also if this throws. */
    private Lease letOut(ByteBuf buffer, int cost, @Nullable LeaseScope scope) {
        int bytes = buffer.readableBytes();
        ByteBuf watched = null;
        try {
            watched = watched(buffer, bytes);
        } finally {
            if (watched == null) {
                buffer.release();
            }
        }
        outBytes += bytes;
        emitter = Thread.currentThread();
        return Lease.create(watched, cost, scope);
    }

    /** Where nobody else holds it, and so can hold it longer than who gets it, its own count will do. */
    private ByteBuf watched(ByteBuf buffer, int bytes) {
        return TrackedBuf.isSoleReference(buffer)
                ? new OutBuf(buffer, this, bytes)
                : WatchedBuf.wrap(buffer, () -> returned(bytes));
    }

    /** So many bytes, which were out, have been released. */
    void returned(int bytes) {
        if (emitter == Thread.currentThread()) {
            outBytes -= bytes;
            return;
        }
        long back = backBytes.addAndGet(bytes);
        long wakeAt = this.wakeAt;
        if (back > wakeAt && back - bytes <= wakeAt) {
            wake();
        }
    }

    private void wake() {
        try {
            Disposable unused = requestOn.schedule(wake);
        } catch (RejectedExecutionException refused) { // better here than never
            wake.run();
        }
    }

    @Override
    public boolean isHungry() {
        emitter = null;
        if (isBelowLimit()) {
            return true;
        }
        wakeAt = outBytes - limitBytes; // before the look: who releases after that sees it
        return isBelowLimit();
    }

    private boolean isBelowLimit() {
        return outBytes - backBytes.get() < limitBytes;
    }

    @Override
    public boolean isGreedy() {
        return false; // nor might it be, for the emitter
    }

    @Override
    public void close() {
        emitter = null;
        Failures.throwIfAny(leases.closeAll(/* before= */ null));
    }
}
