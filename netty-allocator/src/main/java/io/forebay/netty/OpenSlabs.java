package io.forebay.netty;

import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/** The slabs of one size that have a free segment, by how many they have. Under the lock of their class. */
final class OpenSlabs {
    private final @Nullable Slab[] lists; // by free segments; linked through the slabs
    private final BitSet
            some; // the lists that are not empty; as large as it gets: it is changed where nothing may fail

    /** None yet, of so many segments at most. */
    OpenSlabs(int segments) {
        lists = new Slab[segments];
        some = new BitSet(segments);
    }

    /** The one with the fewest free segments, null if there is none. */
    @Nullable
    Slab fullest() {
        int free = some.nextSetBit(0);
        return free < 0 ? null : lists[free];
    }

    /** Adds one that is neither exhausted nor unused. */
    void add(Slab slab) {
        int free = slab.free();
        Slab first = lists[free];
        slab.before = null;
        slab.after = first;
        if (first != null) {
            first.before = slab;
        }
        lists[free] = slab;
        some.set(free);
    }

    /** Before its free segments change. */
    void remove(Slab slab) {
        Slab before = slab.before;
        Slab after = slab.after;
        if (after != null) {
            after.before = before;
        }
        if (before != null) {
            before.after = after;
        } else {
            int free = slab.free();
            assert lists[free] == slab : "not where it should be: free=" + free;
            lists[free] = after;
            some.set(free, after != null);
        }
        slab.before = null;
        slab.after = null;
    }
}
