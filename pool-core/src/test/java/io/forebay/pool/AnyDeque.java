package io.forebay.pool;

import org.jspecify.annotations.Nullable;

/** The ring and the chain behind one face, for tests of what both promise. */
interface AnyDeque<T> {
    /** How many it took. */
    int pushHead(Object[] items, int from, int to);

    @Nullable
    T popHead();

    int popHead(Object[] into, int at, int max);

    @Nullable
    T popTail();

    int popTail(Object[] into, int at, int max);

    /** Each with indices that wrap after a few hundred pushes at most. */
    enum Kind {
        RING,
        CHAIN,
        CHAIN_OF_SMALL_RINGS;

        AnyDeque<Object> make() {
            return switch (this) {
                case RING -> of(new RingDeque<>(16, -500));
                case CHAIN -> of(new RingChain<>(1, 1 << 20, capacity -> new RingDeque<>(capacity, -500)));
                case CHAIN_OF_SMALL_RINGS -> of(new RingChain<>(4, 8, capacity -> new RingDeque<>(capacity, -1)));
            };
        }
    }

    static <T> AnyDeque<T> of(RingDeque<T> ring) {
        return new AnyDeque<>() {
            @Override
            @SuppressWarnings("unchecked") // the tests push what they say
            public int pushHead(Object[] items, int from, int to) {
                boolean single = to - from == 1;
                return single ? ring.pushHead((T) items[from]) ? 1 : 0 : ring.pushHead(items, from, to);
            }

            @Override
            public @Nullable T popHead() {
                return ring.popHead();
            }

            @Override
            public int popHead(Object[] into, int at, int max) {
                return ring.popHead(into, at, max);
            }

            @Override
            public @Nullable T popTail() {
                return ring.popTail();
            }

            @Override
            public int popTail(Object[] into, int at, int max) {
                return ring.popTail(into, at, max);
            }
        };
    }

    static <T> AnyDeque<T> of(RingChain<T> chain) {
        return new AnyDeque<>() {
            @Override
            @SuppressWarnings("unchecked") // the tests push what they say
            public int pushHead(Object[] items, int from, int to) {
                if (to - from == 1) {
                    chain.pushHead((T) items[from]);
                } else {
                    chain.pushHead(items, from, to);
                }
                return to - from;
            }

            @Override
            public @Nullable T popHead() {
                return chain.popHead();
            }

            @Override
            public int popHead(Object[] into, int at, int max) {
                return chain.popHead(into, at, max);
            }

            @Override
            public @Nullable T popTail() {
                return chain.popTail();
            }

            @Override
            public int popTail(Object[] into, int at, int max) {
                return chain.popTail(into, at, max);
            }
        };
    }
}
