package io.forebay.netty;

/**
 * Is told of every buffer that was garbage-collected without having been released, once.
 *
 * <p>It is called on the allocator's reclaim thread, within a cycle of the collection, or on a thread that finds the leak first, as
 * it reads the allocator's state, or allocates at a limit and looks for what there is to give back: an event loop, perhaps. So by
 * several threads at once, it should return soon, and it must not allocate from the allocator. What it
 * throws goes to the thread's uncaught exception handler; the leak is counted all the same.
 *
 * <p>Not the place to free anything: the buffer is gone.
 */
@FunctionalInterface
public interface LeakListener {
    /** A buffer was lost. */
    void leaked(LeakReport report);
}
