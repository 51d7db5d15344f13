package io.forebay.pool;

/** Placeholder. */
public final class Pool {
    Pool() {}
}
