package io.forebay.pool;

/**
 * Told of an exception that a destructor threw. The item counts as destroyed: a destructor gets each item exactly once.
 *
 * @param <T> the type of the pooled items
 */
@FunctionalInterface
public interface FailureListener<T> {
    /** Called on the thread that destroys, after the fact; what it throws goes to that thread's uncaught handler. */
    void destructorFailed(T item, Throwable failure);
}
