package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
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

    /** Tells those that broke the rules, and forgets those that are gone. */
    boolean anyIsLeft() {
        boolean any = false;
        for (int i = 0; i < branches.length; i++) {
            MulticastBranch branch = branches[i];
            if (branch != null && branch.isLeft()) {
                any = true;
            } else {
                branches[i] = null; // rule 3.13
            }
        }
        return any;
    }

    /** Of those that are left, of which there may be none. */
    boolean allWant() {
        for (MulticastBranch branch : branches) {
            if (branch != null && branch.waits() && !branch.wantsMore()) {
                return false;
            }
        }
        return true;
    }

    boolean allWantAll() {
        for (MulticastBranch branch : branches) {
            if (branch != null && branch.waits() && !branch.wantsAll()) {
                return false;
            }
        }
        return true;
    }

    /** A lease of its own on the memory to each that waits; what kept it from going to all. The caller closes what was given. */
    @Nullable
    Throwable deliver(Lease lease) {
        return branches.length > SharedReference.SEATS ? retainForEach(lease) : shareAmongAll(lease);
    }

    /** The reference of the lease goes to those of the branches in common, so that none is counted up or down for each. */
    private @Nullable Throwable shareAmongAll(Lease lease) {
        SharedReference shared = new SharedReference(lease.bufferUnchecked(), lease.scope(), branches.length);
        ByteBuf buffer;
        try {
            buffer = lease.detach();
        } catch (RuntimeException failure) { // somebody else closed it, or its scope has ended
            return failure;
        }
        Throwable failure = null;
        int seats = 0; // that somebody has got
        try {
            for (MulticastBranch branch : branches) {
                if (branch == null || !branch.waits()) {
                    continue;
                }
                Lease own;
                try {
                    own = Lease.create(buffer.duplicate(), lease.capacityCost(), shared, seats);
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
