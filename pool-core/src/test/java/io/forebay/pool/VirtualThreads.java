package io.forebay.pool;

import java.lang.reflect.InvocationTargetException;

/** Virtual threads, by reflection: the code is compiled for Java 17. */
final class VirtualThreads {
    private VirtualThreads() {}

    static boolean supported() {
        return Runtime.version().feature() >= 21;
    }

    static Thread unstarted(Runnable task) {
        try {
            Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
            Class<?> type = Class.forName("java.lang.Thread$Builder");
            return (Thread) type.getMethod("unstarted", Runnable.class).invoke(builder, task);
        } catch (ReflectiveOperationException e) {
            Throwable cause = e instanceof InvocationTargetException ? e.getCause() : e;
            throw new AssertionError("virtual threads need Java 21", cause);
        }
    }
}
