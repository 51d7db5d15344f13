package io.forebay.netty;

import static java.lang.invoke.ConstantBootstraps.fieldVarHandle;
import static java.lang.invoke.MethodHandles.lookup;

import java.lang.invoke.VarHandle;

/** 128 bytes, two cache lines, so that what other threads write shares none with what the loop reads all the time. */
abstract class ReturnStackPadBefore {
    long b00, b01, b02, b03, b04, b05, b06, b07, b08, b09, b10, b11, b12, b13, b14, b15;
}

/** The one field of a {@link ReturnStack}. */
abstract class ReturnStackTop extends ReturnStackPadBefore {
    static final VarHandle TOP = fieldVarHandle(lookup(), "top", VarHandle.class, ReturnStackTop.class, Object.class);

    /** Below the last buffer. Not null, so that its link says that it is on a stack. */
    static final Object END = new Object();

    /** END, CLOSED or the newest buffer; any thread, by CAS; read acquire. */
    Object top = END;
}

/** The field, and as much room behind it as before. */
abstract class ReturnStackLayout extends ReturnStackTop {
    long a00, a01, a02, a03, a04, a05, a06, a07, a08, a09, a10, a11, a12, a13, a14, a15;
}
