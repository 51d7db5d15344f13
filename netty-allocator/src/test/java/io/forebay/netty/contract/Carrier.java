package io.forebay.netty.contract;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.local.LocalIoHandler;
import java.lang.reflect.Method;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Runs something on a thread of a certain sort, waits for it, and rethrows what it threw. */
@FunctionalInterface
interface Carrier {
    /** Long enough that only a hang takes it. */
    long TIMEOUT_SECONDS = 120;

    <T> T call(Callable<T> task) throws Throwable;

    static boolean hasVirtualThreads() {
        return startVirtualThread().isPresent();
    }

    static <T> T platformThread(Supplier<T> task) {
        return join(task, body -> new Thread(body, "contract-side").start());
    }

    static <T> T virtualThread(Supplier<T> task) {
        return join(task, Carrier::startVirtual);
    }

    static void startVirtual(Runnable body) {
        try {
            startVirtualThread().orElseThrow().invoke(null, body);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("virtual threads vanished", e);
        }
    }

    /** A Netty event loop, which allocators treat as an owner of memory. */
    static Carrier eventLoop(EventLoopGroup loop) {
        return new Carrier() {
            @Override
            public <T> T call(Callable<T> task) throws Throwable {
                return await(task, loop::execute);
            }
        };
    }

    static EventLoopGroup newEventLoop(int threads) {
        return new MultiThreadIoEventLoopGroup(threads, LocalIoHandler.newFactory());
    }

    static void shutDown(EventLoopGroup loop) {
        loop.shutdownGracefully(0, TIMEOUT_SECONDS, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private static <T> T join(Supplier<T> task, Consumer<Runnable> starter) {
        try {
            return await(task::get, starter);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new CompletionException(e);
        }
    }

    static <T> T await(Callable<T> task, Consumer<Runnable> starter) throws Throwable {
        var result = new CompletableFuture<T>();
        starter.accept(() -> {
            try {
                result.complete(task.call());
            } catch (Throwable e) {
                result.completeExceptionally(e);
            }
        });
        try {
            return result.orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS).join();
        } catch (CompletionException e) {
            throw e.getCause();
        }
    }

    /** {@code Thread.startVirtualThread}, which a JDK before 21 has not. */
    private static Optional<Method> startVirtualThread() {
        try {
            return Optional.of(Thread.class.getMethod("startVirtualThread", Runnable.class));
        } catch (NoSuchMethodException e) {
            return Optional.empty();
        }
    }
}
