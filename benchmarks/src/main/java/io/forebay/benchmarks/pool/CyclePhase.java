package io.forebay.benchmarks.pool;

/** What a cycle finds. */
public enum CyclePhase {
    /** Items put since the last cycle: it makes victims of them. */
    IDLE,
    /** Items that lay there during the last cycle too: it destroys them. */
    VICTIMS
}
