package io.forebay.netty;

/** Where events go in the running JVM. */
final class Recorder {
    /** Does nothing if the JVM has no flight recorder: then the classes that need it are never loaded. */
    static final Events EVENTS =
            ModuleLayer.boot().findModule("jdk.jfr").isPresent() ? JfrEvents.register() : new None();

    private Recorder() {}

    private static final class None implements Events {}
}
