package io.forebay.reactor;

/** Told how a read or write ended that was still under way when the call for it returned. */
interface IoResult {
    /** What such a call returns, in place of a number of bytes. */
    int LATER = -2;

    void done(int bytes);

    void failed(Throwable failure);
}
