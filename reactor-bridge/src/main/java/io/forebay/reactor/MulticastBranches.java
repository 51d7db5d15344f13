package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The ends of a multicast, as many as there are subscribers. For its worker, but for what says otherwise. */
final class MulticastBranches {
    private final @Nullable MulticastBranch[] branches; // none where one has gone; subscribers write, worker clears

    MulticastBranches(int most) {
        branches = new MulticastBranch[most];
    }

    int most() {
        return branches.length;
    }

    /** By the subscriber that has the place, which publishes it. */
    void put(int place, MulticastBranch branch) {
        branches[place] = branch;
    }

    /** By any thread that has seen all of them put. */
    boolean anyWaits() {
        for (MulticastBranch branch : branches) {
            if (branch != null && branch.waits()) {
                return true;
            }
        }
        return false;
    }

    /** As of the last look. */
    boolean anyIsLeft() {
        for (MulticastBranch branch : branches) {
            if (branch != null) {
                return true;
            }
        }
        return false;
    }

    /** Of those that are left, of which there may be none; tells those that broke the rules, and forgets those that are gone. */
    boolean lookWhetherAllWant() {
        boolean allWant = true;
        for (int i = 0; i < branches.length; i++) {
            MulticastBranch branch = branches[i];
            if (branch == null) {
                continue;
            }
            if (branch.isLeft()) {
                allWant &= branch.wantsMore();
            } else {
                branches[i] = null; // rule 3.13
            }
        }
        return allWant;
    }

    boolean allWantAll() {
        for (MulticastBranch branch : branches) {
            if (branch != null && branch.waits() && !branch.wantsAll()) {
                return false;
            }
        }
        return true;
    }

    /**
     * A lease of its own on the memory to each that waits; what kept it from going to all. Takes the lease over, also if this throws
     * what a subscriber threw.
     */
    @Nullable
    Throwable deliver(Lease lease) {
        Throwable failure;
        try {
            failure = branches.length > SharedReference.SEATS ? retainForEach(lease) : shareAmongAll(lease);
        } catch (Throwable thrown) { // goes up
            Throwable unused = Failures.close(lease, thrown);
            throw thrown;
        }
        return Failures.close(lease, failure);
    }

    /** The same for a buffer that is in no lease. */
    @Nullable
    Throwable deliver(ByteBuf buffer) {
        if (branches.length > SharedReference.SEATS) {
            return deliver(Lease.adoptInside(buffer));
        }
        int cost = buffer.capacity(); // before the subscribers have it
        SharedReference shared = null;
        try {
            shared = new SharedReference(buffer, /* scope= */ null, branches.length);
        } finally {
            if (shared == null) { // the heap is full
                buffer.release();
            }
        }
        return shareAmongAll(buffer, cost, shared);
    }

    private @Nullable Throwable shareAmongAll(Lease lease) {
        SharedReference shared = new SharedReference(lease.bufferUnchecked(), lease.scope(), branches.length);
        ByteBuf buffer;
        try {
            buffer = lease.detach();
        } catch (RuntimeException failure) { // somebody else closed it, or its scope has ended
            return failure;
        }
        return shareAmongAll(buffer, lease.capacityCost(), shared);
    }

    /** The reference goes to those of the branches in common, so that none is counted up or down for each. */
    private @Nullable Throwable shareAmongAll(ByteBuf buffer, int cost, SharedReference shared) {
        Throwable failure = null;
        int seats = 0; // that somebody has got
        int bare = isOursAlone(buffer) ? branches.length - 1 : -1; // who comes last gets the buffer itself
        try {
            for (int i = 0; i < branches.length; i++) {
                MulticastBranch branch = branches[i];
                if (branch == null || !branch.waits()) {
                    continue;
                }
                Lease own;
                try {
                    own = Lease.create(i == bare ? buffer : buffer.duplicate(), cost, shared, seats);
                } catch (RuntimeException ended) { // its scope
                    failure = ended;
                    break;
                }
                seats++;
                branch.next(own);
            }
        } catch (Throwable thrown) { // by a subscriber
            Throwable unused = leave(shared, seats, thrown);
            throw thrown;
        }
        return leave(shared, seats, failure);
    }

    /** Whether nobody else looks at the buffer's own indices, or adds to it, as Netty does to composites that it finds. */
    private static boolean isOursAlone(ByteBuf buffer) {
        return TrackedBuf.isSoleReference(buffer) && !(buffer instanceof CompositeByteBuf);
    }

    /** The seats that nobody got; what that throws, with what failed before. */
    private @Nullable Throwable leave(SharedReference shared, int from, @Nullable Throwable before) {
        return from == branches.length ? before : Failures.close(() -> shared.leaveFrom(from), before);
    }

    private @Nullable Throwable retainForEach(Lease lease) {
        for (MulticastBranch branch : branches) {
            if (branch == null || !branch.waits()) {
                continue;
            }
            Lease own;
            try {
                own = lease.retain();
            } catch (RuntimeException failure) { // somebody else closed it, or its scope has ended
                return failure;
            }
            branch.next(own);
        }
        return null;
    }

    void fail(Throwable error) {
        for (MulticastBranch branch : branches) {
            if (branch != null) {
                branch.fail(error);
            }
        }
    }

    void complete() {
        for (MulticastBranch branch : branches) {
            if (branch != null) {
                branch.complete();
            }
        }
    }

    /** By any thread, for a scan: those that are left. */
    Stream<MulticastBranch> left() {
        return Stream.of(branches).flatMap(Stream::ofNullable);
    }
}
