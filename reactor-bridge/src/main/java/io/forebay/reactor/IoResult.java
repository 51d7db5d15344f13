package io.forebay.reactor;

/** Told how a read or write ended. */
interface IoResult {
    void done(int bytes);

    void failed(Throwable failure);
}
