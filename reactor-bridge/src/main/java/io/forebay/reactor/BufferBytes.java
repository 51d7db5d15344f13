package io.forebay.reactor;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Lists of whole elements of at most so many bytes together; one that has more is alone in its list. An empty one counts as a
 * byte, or a list of such would grow for ever.
 */
final class BufferBytes implements Reframer<List<Lease>> {
    private final long maxBytes;
    private final ArrayDeque<Lease> waiting = new ArrayDeque<>(); // for the next list
    private List<Lease> list = new ArrayList<>();
    private long listBytes;
    private boolean full;
    private boolean finished;

    BufferBytes(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    @Override
    public void feed(Lease lease) {
        if (full || !waiting.isEmpty() || !fits(lease)) {
            waiting.addLast(lease);
        }
    }

    @Override
    public void finish() {
        finished = true;
    }

    @Override
    public boolean hasNext() {
        while (!full && !waiting.isEmpty()) {
            if (fits(waiting.getFirst())) {
                waiting.removeFirst();
            }
        }
        return full || (finished && !list.isEmpty());
    }

    /** Whether it is in the list now; if not, that is full. */
    private boolean fits(Lease lease) {
        int bytes = Math.max(1, lease.buffer().readableBytes());
        boolean fits = list.isEmpty() || bytes <= maxBytes - listBytes;
        if (fits) {
            list.add(lease.letOut());
            listBytes += bytes;
        }
        full = !fits || listBytes >= maxBytes;
        return fits;
    }

    @Override
    public List<Lease> next() {
        List<Lease> next = list;
        list = new ArrayList<>();
        listBytes = 0;
        full = false;
        return next;
    }

    @Override
    public void close() {
        Throwable failure = Failures.closeAll(list, Failures.closeAll(waiting, /* before= */ null));
        waiting.clear();
        list.clear();
        Failures.throwIfAny(failure);
    }
}
