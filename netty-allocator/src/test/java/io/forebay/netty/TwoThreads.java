package io.forebay.netty;

/** Runs two things side by side, for a model checker that steps their threads. */
final class TwoThreads {
    private TwoThreads() {}

    static void run(Runnable first, Runnable second) {
        Thread other = new Thread(second);
        other.start();
        first.run();
        try {
            other.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
