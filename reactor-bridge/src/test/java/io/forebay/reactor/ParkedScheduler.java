package io.forebay.reactor;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;

/** Runs nothing until told to; what is disposed by then never runs. */
final class ParkedScheduler implements Scheduler {
    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private boolean refusing;

    @Override
    public synchronized Disposable schedule(Runnable task) {
        if (refusing) {
            throw new RejectedExecutionException("refusing");
        }
        AtomicBoolean disposed = new AtomicBoolean();
        tasks.add(() -> {
            if (!disposed.get()) {
                task.run();
            }
        });
        return () -> disposed.set(true);
    }

    synchronized void refuse() {
        refusing = true;
    }

    private synchronized Runnable poll() {
        Runnable task = tasks.poll();
        return task == null ? () -> {} : task;
    }

    synchronized int parked() {
        return tasks.size();
    }

    void runAll() {
        while (parked() > 0) {
            poll().run();
        }
    }

    @Override
    public Worker createWorker() {
        return new Worker() {
            private final AtomicBoolean disposed = new AtomicBoolean();

            @Override
            public Disposable schedule(Runnable task) {
                return ParkedScheduler.this.schedule(() -> {
                    if (!disposed.get()) {
                        task.run();
                    }
                });
            }

            @Override
            public void dispose() {
                disposed.set(true);
            }
        };
    }
}
