package io.forebay.reactor;

import java.util.Queue;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;
import reactor.util.concurrent.Queues;

/**
 * Who of the threads that signal to a subscriber is its worker, and what is requested of its source. What the work is, the
 * subclass knows. A superclass and no part of it, so that no element costs an indirection.
 *
 * @param <E> what the source emits
 */
abstract class SoleWorker<E> {
    /*
     *   bring (an element):    feed it and go round, as the worker;  or else put it into arrived,  work
     *   whoever signals:       set its field;                                                      work
     *
     *   work:  count up wip; who counts from 0 is the worker, and goes round until it has met all counts
     *
     * What is marked as the worker's is the worker's alone, here and in the subclass, so nothing that is kept is ever
     * touched by two threads.
     *
     * Nothing is stranded: whoever puts an element into arrived counts wip up afterwards, so some worker looks at arrived
     * after that.
     *
     * At the end of each round arrived is empty, because all of it was fed. So who counts wip from 0 itself may feed its
     * element past the queue.
     *
     * Whoever signals counts wip up after it has set its field. So while wip is what it was before the worker last looked
     * at the fields (quiet), there is nothing new in them, and one read of wip stands for a look at all.
     *
     * An element that went through leaves nothing behind. Where all has been requested there is nothing to request after it,
     * either. So while it is quiet, a round after it would find what the last one did, which was nothing to do, and is left
     * out. What was put into arrived meanwhile was counted, so it comes before the next element.
     *
     * Most sources answer a request before it returns. What comes on the thread that is requesting right now comes to the
     * worker, so it is worked on at once, without a count. A thread that finds itself in requester is the worker, whatever
     * it sees of others' writes: none but itself puts it there, and it takes itself out again. Only it does not request
     * there (answering), but where it has returned.
     *
     * How much is requested: one element, while one is wanted, so that in between there is one at most. Once the subscriber
     * wants all, all is requested, once: then each element is passed on within the onNext that brought it, and there is
     * nothing between elements that could pile up. But it would, in arrived, if it came on another thread while the worker
     * is still at it: while this one passes on one element, that one could bring many. So the worker lends its place out
     * for as long as it requests all:
     *
     *   HELD --LENT on, by the worker--> LENT, request   --CAS, after the request, if no count is missed--> free
     *                                      |--------------CAS, after the request, if one is----------------> HELD
     *                                      '--CAS, by who comes with an element on another thread----------> HELD by that
     *
     * Elements come one after another (rule 1.3), so nobody is within bring on the lender's thread when one comes on
     * another thread, and the source orders the two; what the lender did in bring is seen by who takes over. A cancel does
     * not take over, as it may come at any time. LENT is set once in a subscription, so no CAS mistakes it. For the same
     * reason nobody works once all is requested but for the end of some kind: a request after that counts nothing, nor does what
     * is no end where there are several subscribers (workUnlessUnbounded). Its field is looked at with the next element.
     *
     *   soft signal:    set its field;  UNBOUNDED set -> nothing;  else CAS wip -> wip + 1
     *   before LENT:    CAS met -> met + LENT + UNBOUNDED;  if a count was missed, a round more
     *
     * So no such count is met after UNBOUNDED is set: those before it are met before it, and those after it are none. A look at a
     * field of the worker's in place of a bit of wip would not do: between that look and the count all may be requested.
     */
    private static final int LENT = 1 << 30; // in wip, above all counts
    private static final int UNBOUNDED = 1 << 29; // likewise, for good
    private static final int LOOK = -1; // no wip: the worker looks at all fields

    @SuppressWarnings("rawtypes") // updaters know no parameters
    private static final AtomicIntegerFieldUpdater<SoleWorker> WIP =
            AtomicIntegerFieldUpdater.newUpdater(SoleWorker.class, "wip");

    private final Queue<E> arrived = Queues.<E>unboundedMultiproducer().get(); // who brings adds, worker takes
    private volatile int wip; // all add, who adds to 0 works

    private @Nullable Thread requester; // worker writes itself and null, who comes with an element compares with itself

    // The worker's.
    private int met; // counts of wip that this worker will have met
    private int quiet; // what wip was before the last look
    private boolean answering; // within a request an element is being worked on
    private boolean awaiting; // an element has been requested and is not here yet, or all have been
    private boolean wantsAll; // all are to be requested when the round is over
    private boolean unbounded; // all have been requested

    /** Requests of the source, which may bring elements before this returns. */
    abstract void ask(long n);

    /**
     * Takes the element over. Whether it went through, so that once all has been requested, a round would find nothing that
     * there was not before. The worker's.
     */
    abstract boolean feed(E element);

    /** Does what there is to do, and feeds all that has arrived. The worker's. */
    abstract void round();

    /**
     * Ends the subscription and closes all that is kept and all that has arrived, because of what was thrown on the way and
     * goes up; what that throws in turn is added to it. The worker's; may be called again.
     */
    abstract void giveUp(Throwable thrown);

    /** Somebody has set a field: sees to it that a worker looks at it. */
    final void work() {
        if (counts(WIP.getAndIncrement(this)) == 0) {
            workOff(/* first= */ null, /* counted= */ 1, LOOK);
        }
    }

    /** The same for what is no end: nothing, if all has been requested, as there is an element or an end to come. */
    final void workUnlessUnbounded() {
        int wip = this.wip;
        while ((wip & UNBOUNDED) == 0) {
            if (WIP.compareAndSet(this, wip, wip + 1)) {
                if (wip == 0) {
                    workOff(/* first= */ null, /* counted= */ 1, LOOK);
                }
                return;
            }
            Thread.onSpinWait();
            wip = this.wip;
        }
    }

    /** Of the signals that are not met yet, and of the worker. */
    private static int counts(int wip) {
        return wip & (UNBOUNDED - 1);
    }

    /** For the source, one element after another. */
    final void bring(E element) {
        int wip = this.wip;
        if (requester == Thread.currentThread() && (!unbounded || isLent(wip))) {
            answered(element);
        } else if (isFree(wip) && WIP.compareAndSet(this, wip, wip + 1)) {
            workOff(element, /* counted= */ 1, /* quiet= */ wip + 1);
        } else if (isLent(wip) && lentToHeld()) {
            workOff(element, counts(this.wip), LOOK);
        } else {
            arrived.offer(element); // the worker's from here
            work();
        }
    }

    /** As the worker, for so many counts of wip: until all counts are met. */
    private void workOff(@Nullable E first, int counted, int quiet) {
        met = counted;
        this.quiet = quiet;
        boolean isWorker = true;
        try {
            if (first == null) {
                round();
            } else {
                feedAndGoRound(first);
            }
            while (isWorker) {
                if (wantsAll) {
                    isWorker = false;
                    isWorker = requestAll();
                }
                isWorker = isWorker && leftToDo();
                if (isWorker) {
                    round();
                }
            }
        } catch (Throwable thrown) { // a subscriber's, which breaks the rules, or the JVM is at its end
            if (isWorker) {
                abandon(thrown);
            }
            throw thrown;
        }
    }

    /** If not, the caller is the worker no longer. */
    private boolean leftToDo() {
        quiet = LOOK;
        int left = counts(WIP.addAndGet(this, -met));
        if (left != 0) {
            met = left;
        }
        return left != 0;
    }

    private void abandon(Throwable thrown) {
        int left = met;
        while (left != 0) {
            giveUp(thrown);
            left = counts(WIP.addAndGet(this, -left));
        }
    }

    /** On the thread of a worker that is requesting: as that worker. */
    private void answered(E element) {
        if (answering) { // out of the subscriber's onNext
            arrived.offer(element);
            work();
            return;
        }
        answering = true;
        try {
            feedAndGoRound(element);
        } catch (Throwable thrown) { // as in workOff
            giveUp(thrown);
            throw thrown;
        } finally {
            answering = false;
        }
    }

    private void feedAndGoRound(E element) {
        boolean wentThrough = feedNext(element) && unbounded;
        if (!wentThrough || !isQuiet()) {
            round();
        }
    }

    private boolean feedNext(E element) {
        awaiting = unbounded;
        return feed(element);
    }

    /** Whether nobody has signalled since the worker last looked at the fields. */
    final boolean isQuiet() {
        return wip == quiet;
    }

    /** Whether somebody may have signalled since the last look, which the worker takes now. */
    final boolean hasNews() {
        int wip = this.wip;
        if (wip == quiet) {
            return false;
        }
        quiet = wip; // before the look
        return true;
    }

    final void feedArrived() {
        E element = arrived.poll();
        while (element != null) {
            feedNext(element); // in a round
            element = arrived.poll();
        }
    }

    /** For the worker that feeds no more. */
    final @Nullable E pollArrived() {
        return arrived.poll();
    }

    /** Whether the worker may call one of the next two, if the subscriber wants more. */
    final boolean mayRequest() {
        return !awaiting && !answering;
    }

    /** Whether an element came at once, and was fed. */
    final boolean requestOne() {
        awaiting = true;
        requester = Thread.currentThread();
        try {
            ask(1);
        } finally {
            requester = null;
        }
        return !awaiting; // what comes in another way counts wip up, and is met in the next round
    }

    final void requestAllAfterRound() {
        wantsAll = true;
    }

    /** Between rounds. Whether this is the worker still. */
    private boolean requestAll() {
        wantsAll = false;
        unbounded = true;
        awaiting = true;
        requester = Thread.currentThread();
        int lent = met + LENT + UNBOUNDED;
        quiet = quiet == met ? lent : LOOK;
        if (!WIP.compareAndSet(this, met, lent)) { // a count is missed
            unbounded = false;
            awaiting = false;
            requester = null;
            return true;
        }
        // who comes with an element may be the worker from here
        try {
            ask(Long.MAX_VALUE);
        } catch (Throwable thrown) { // by the source, or through it by a subscriber
            requester = null;
            if (lentToHeld()) {
                abandon(thrown);
            }
            throw thrown;
        }
        requester = null;
        return isStillHeld();
    }

    private static boolean isFree(int wip) {
        return (wip | UNBOUNDED) == UNBOUNDED;
    }

    private static boolean isLent(int wip) {
        return (wip & LENT) != 0;
    }

    /** Whether the place was lent still, so that it is the caller's now. A CAS fails only because of a count, which are few. */
    private boolean lentToHeld() {
        int wip = this.wip;
        while (isLent(wip)) {
            if (WIP.compareAndSet(this, wip, wip - LENT)) { // the caller is the worker from here
                return true;
            }
            Thread.onSpinWait();
            wip = this.wip;
        }
        return false;
    }

    /** Whether the worker is still the one, after its request for all. */
    private boolean isStillHeld() {
        boolean free = WIP.compareAndSet(this, LENT + UNBOUNDED + met, UNBOUNDED); // no count was missed
        return !free && lentToHeld();
    }
}
