package io.forebay.reactor;

/**
 * Two reframers in one subscription, so that an element goes through one subscriber and not through two: what comes out of the
 * first is fed to the second as soon as that has nothing of its own. Not for one that is not always hungry.
 */
final class Cascade<O> implements Reframer<O> {
    private final Reframer<Lease> first;
    private final Reframer<O> second;
    private boolean finished;
    private boolean secondFinished;

    Cascade(Reframer<Lease> first, Reframer<O> second) {
        this.first = first;
        this.second = second;
    }

    @Override
    public void feed(Lease lease) {
        first.feed(lease);
    }

    @Override
    public void finish() {
        finished = true;
        first.finish();
    }

    @Override
    public boolean hasNext() {
        while (!second.hasNext()) {
            if (secondFinished || second.isSatisfied()) {
                return false;
            }
            if (first.hasNext()) {
                feedSecond(first.next());
            } else if (finished || first.isSatisfied()) {
                secondFinished = true;
                second.finish();
            } else {
                return false;
            }
        }
        return true;
    }

    private void feedSecond(Lease lease) {
        boolean fed = false;
        try {
            second.feed(lease);
            fed = true;
        } finally {
            if (!fed) {
                lease.close();
            }
        }
    }

    @Override
    public O next() {
        return second.next();
    }

    @Override
    public boolean isSatisfied() {
        return secondFinished || second.isSatisfied();
    }

    @Override
    public void close() {
        Failures.throwIfAny(Failures.close(second, Failures.close(first, /* before= */ null)));
    }
}
