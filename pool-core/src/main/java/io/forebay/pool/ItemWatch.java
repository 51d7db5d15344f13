package io.forebay.pool;

import org.jspecify.annotations.Nullable;

/**
 * Looks at every item that enters or leaves the idle part of a pool. A watched pool keeps nothing in private stacks, so
 * each of its operations takes the slow path, and a pool without a watch pays nothing. All methods may be called from
 * any thread, some inside a claim: they do not block for long and call no pool.
 */
interface ItemWatch<T> {
    /**
     * An item is being given back.
     *
     * @return the item to make idle: usually the same, one held back earlier, or null if there is none; an item that is
     *     not to become idle has gone to the destroyer
     * @throws IllegalStateException if the item cannot be given back; nothing has changed then
     */
    @Nullable
    T put(T item, Destroyer<T> destroyer);

    /** An item has left the idle part, for a caller or for the destructor. Does not throw. */
    void taken(T item);

    /**
     * An item, new or idle until now, is being handed to a caller.
     *
     * @throws IllegalStateException if it is not new; nothing has changed then
     */
    void handedOut(T item);

    /** A handed-out item will not be given back but destroyed or written off. */
    void dropped(T item);

    /** How many idle items are held back. */
    int held();

    /** Gives up all items that are held back. */
    void drainHeld(Destroyer<T> destroyer);
}
