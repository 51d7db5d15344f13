package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.WrappedByteBuf;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;

/** The elements as they come, and no request for more while so many bytes of them have not been released below. */
final class LimitRateBytes implements Reframer<Lease> {
    /*
     * The worker that finds outBytes at the limit does not request. Whoever then brings it below wakes a worker: each
     * crossing does, and the one that follows the worker's look in the order of changes comes after it, so none is missed.
     */
    private final long limitBytes;
    private final Scheduler requestOn;
    private final ByteRun run = new ByteRun();
    private final AtomicLong outBytes = new AtomicLong(); // worker adds, who releases subtracts
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
        run.append(lease);
    }

    @Override
    public boolean hasNext() {
        return run.readableBytes() > 0;
    }

    @Override
    public Lease next() {
        Lease lease = run.takePart(Long.MAX_VALUE);
        int cost = lease.capacityCost();
        LeaseScope scope = lease.scope();
        ByteBuf buffer = lease.detach();
        int bytes = buffer.readableBytes();
        outBytes.addAndGet(bytes);
        return Lease.create(watched(buffer, bytes), cost, scope);
    }

    /** Where nobody else holds it, and so can hold it longer than who gets it, its own count will do. */
    private ByteBuf watched(ByteBuf buffer, int bytes) {
        return buffer.refCnt() == 1 && tellsOfItsEnd(buffer)
                ? new OutBuf(buffer, this, bytes)
                : WatchedBuf.wrap(buffer, () -> returned(bytes));
    }

    /** Not so one that is made never to be released. */
    private static boolean tellsOfItsEnd(ByteBuf buffer) {
        for (ByteBuf at = buffer; at != null; at = at.unwrap()) {
            if (at instanceof WrappedByteBuf && !(at instanceof TrackedBuf)) {
                return false;
            }
        }
        return true;
    }

    /** So many bytes, which were out, have been released. */
    void returned(int bytes) {
        long left = outBytes.addAndGet(-bytes);
        if (left < limitBytes && left + bytes >= limitBytes) {
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
        return outBytes.get() < limitBytes;
    }

    @Override
    public boolean isGreedy() {
        return false;
    }

    @Override
    public void close() {
        run.close();
    }
}
