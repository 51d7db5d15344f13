package io.forebay.benchmarks;

/** Where the bytes of a buffer lie. */
public enum MemoryKind {
    DIRECT,
    HEAP
}
