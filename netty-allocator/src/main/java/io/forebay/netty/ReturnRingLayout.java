package io.forebay.netty;

import static java.lang.invoke.ConstantBootstraps.fieldVarHandle;
import static java.lang.invoke.MethodHandles.lookup;

import java.lang.invoke.VarHandle;

/** 128 bytes, two cache lines, so that no index shares one with the other, nor with what lies before. */
abstract class ReturnRingPadBefore {
    long b00, b01, b02, b03, b04, b05, b06, b07, b08, b09, b10, b11, b12, b13, b14, b15;
}

/** What the loop writes. */
abstract class ReturnRingHead extends ReturnRingPadBefore {
    static final VarHandle HEAD = fieldVarHandle(lookup(), "head", VarHandle.class, ReturnRingHead.class, long.class);

    long head; // the loop writes release; it reads plain, others acquire
}

/** And as much between. */
abstract class ReturnRingPadBetween extends ReturnRingHead {
    long c00, c01, c02, c03, c04, c05, c06, c07, c08, c09, c10, c11, c12, c13, c14, c15;
}

/** What the other threads write. */
abstract class ReturnRingTail extends ReturnRingPadBetween {
    static final VarHandle TAIL = fieldVarHandle(lookup(), "tail", VarHandle.class, ReturnRingTail.class, long.class);
    static final VarHandle LIMIT = fieldVarHandle(lookup(), "limit", VarHandle.class, ReturnRingTail.class, long.class);

    @SuppressWarnings("unused") // through TAIL
    private long tail;

    @SuppressWarnings("unused") // through LIMIT
    private long limit;
}

/** And as much behind. */
abstract class ReturnRingLayout extends ReturnRingTail {
    long a00, a01, a02, a03, a04, a05, a06, a07, a08, a09, a10, a11, a12, a13, a14, a15;
}
