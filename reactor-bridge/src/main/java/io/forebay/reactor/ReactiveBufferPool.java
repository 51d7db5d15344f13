package io.forebay.reactor;

import io.forebay.netty.ForebayAllocator;
import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Buffers of an allocator, handed out as leases within a budget: while the budget is spent, who asks waits, without a
 * thread, first come first served, by bytes.
 *
 * <p><b>What is charged.</b> The capacity asked for, from the grant until the last reference to the memory is released:
 * second leases and slices cost nothing more, and what was {@linkplain Lease#detach detached} stays charged until whoever
 * got it releases it. Where the allocator rounds up, the rest is not charged. The buffers cannot grow.
 *
 * <p><b>Threads.</b> Thread-safe. A lease is emitted on the thread that makes room for it, which is the requesting one if
 * there is room at once, or else on the scheduler given to {@link #deliverOn}. What a pipeline does before its first
 * switch of threads is then done by whoever released: give a scheduler unless that is little. What goes to a transport needs
 * one: Netty releases in the middle of a write, and a lease that is emitted and written from there re-enters it, which its
 * HTTP/2 flow control does not bear.
 *
 * <p><b>Cost.</b> A lease is three objects (lease, charged view, subscription) beside the buffer, and without a wait one CAS
 * per budget of the path.
 *
 * <p><b>When not to use it.</b> To hold a buffer while waiting for another from the same budget: such pipelines can wait
 * for one another for ever, and so does a {@link #withBuffer} within another. Ask for all of it at once, or set a timeout, once for
 * all with {@link #acquireTimeout(Duration)}: {@link AcquireTimeoutException} says what the scope that waited held. It does so no sooner, since what a pipeline holds may be on its way to another thread that releases it. Who
 * can promise that it is not reserves through a {@link io.forebay.pool.BudgetAccount}, which fails at once.
 */
public final class ReactiveBufferPool {
    private final ByteBufAllocator allocator;
    private final MemoryBudget budget;
    private final LeaseSource source; // of both
    private final Scheduler deliverOn;
    private final MonoAcquire.@Nullable Patience patience; // of requests that have no timeout of their own

    private ReactiveBufferPool(
            ByteBufAllocator allocator,
            MemoryBudget budget,
            Scheduler deliverOn,
            MonoAcquire.@Nullable Patience patience) {
        this.allocator = Objects.requireNonNull(allocator, "allocator");
        this.budget = Objects.requireNonNull(budget, "budget");
        this.source = new LeaseSource(allocator, budget);
        this.deliverOn = deliverOn;
        this.patience = patience;
    }

    /** A pool of nobody's: it owns neither the allocator nor the budget, and needs no closing. */
    public static ReactiveBufferPool create(ByteBufAllocator allocator, MemoryBudget budget) {
        return new ReactiveBufferPool(allocator, budget, Schedulers.immediate(), /* patience= */ null);
    }

    /** The same pool, whose leases are emitted on the scheduler. If it refuses, the failure is emitted instead. */
    public ReactiveBufferPool deliverOn(Scheduler scheduler) {
        return new ReactiveBufferPool(allocator, budget, Objects.requireNonNull(scheduler, "scheduler"), patience);
    }

    /**
     * The same pool, which nobody waits for longer than that: what {@link #acquire(int)}, {@link #withBuffer}, {@link
     * #withBufferMono} and {@link LeaseScope#acquire(int)} make fails with {@link AcquireTimeoutException} then. So pipelines
     * that hold some of the budget while they ask for more end with an error, wherever that is, and do not wait for ever. An acquire
     * with a timeout of its own keeps that. The timer is {@link Schedulers#parallel()}; it runs while a request waits, no longer.
     *
     * @throws IllegalArgumentException if the timeout is not above 0
     */
    public ReactiveBufferPool acquireTimeout(Duration timeout) {
        return acquireTimeout(timeout, Schedulers.parallel());
    }

    /**
     * As {@link #acquireTimeout(Duration)}, by the time of the scheduler given, which also emits the timeout.
     *
     * @throws IllegalArgumentException if the timeout is not above 0
     */
    public ReactiveBufferPool acquireTimeout(Duration timeout, Scheduler timer) {
        return new ReactiveBufferPool(allocator, budget, deliverOn, new MonoAcquire.Patience(timeout, timer));
    }

    public MemoryBudget budget() {
        return budget;
    }

    /**
     * An allocator for code that knows of no leases, within the same budget: a channel's, or that of Spring's {@code
     * NettyDataBufferFactory}. Its buffers are charged by the memory they occupy, growth included, until their last release.
     * It does not wait: while the budget is spent, and while others wait for it, {@link io.forebay.netty.MemoryLimitError} is
     * thrown.
     *
     * @throws IllegalStateException if the pool's allocator is no {@link ForebayAllocator}: another does not say what a
     *     buffer occupies
     */
    public ByteBufAllocator asAllocator() {
        if (allocator instanceof ForebayAllocator forebay) {
            return forebay.withBudget(budget);
        }
        throw new IllegalStateException("the pool's allocator must be a ForebayAllocator: allocator=" + allocator);
    }

    /**
     * A lease on a new buffer of that capacity, as soon as the budget has room for it. Each subscription gets one of its
     * own; without one nothing is charged.
     *
     * <p>There is no limit to the wait: pipelines that hold leases of the budget while they ask for more, or one that holds so
     * much that the rest is too little, wait for ever. With {@linkplain #acquire(int, Duration) a timeout}, of its own or {@linkplain
     * #acquireTimeout(Duration) the pool's}, they do not.
     *
     * <p><img class="marble" src="doc-files/marbles/acquire.svg" alt="a request waits until another lease is closed, then a lease comes">
     *
     * <p><strong>Ownership:</strong> the subscriber's, from {@code onNext} on. A subscription that is cancelled before gives
     * its bytes, or its place in the queue, to the next.
     *
     * <p><strong>Demand:</strong> the first request asks, once. It fails at once with {@link
     * io.forebay.pool.BudgetExceededException} if a limit can never be met, or {@link IllegalStateException} if the budget
     * is closed. An allocator that is out of memory fails it, too, with what the allocator threw.
     *
     * @throws IllegalArgumentException if {@code bytes} is not above 0
     */
    public Mono<Lease> acquire(int bytes) {
        return acquire(/* scope= */ null, bytes, patience);
    }

    /**
     * As {@link #acquire(int)}, but fails with {@link AcquireTimeoutException} if no lease was delivered in time: also where there was
     * room, and the scheduler that delivers was late. The timer is {@link Schedulers#parallel()}; it runs while the request waits,
     * no longer.
     *
     * <p><img class="marble" src="doc-files/marbles/acquireTimeout.svg" alt="a request waits for another lease to be closed; when the time is up, an error comes">
     *
     * <p><strong>Ownership:</strong> the subscriber's, from {@code onNext} on. A subscription that is cancelled or timed out
     * before gives its bytes, or its place in the queue, to the next.
     *
     * <p><strong>Demand:</strong> the first request asks, once, and starts the timer if no lease comes at once.
     *
     * @throws IllegalArgumentException if {@code bytes} or the timeout is not above 0
     */
    public Mono<Lease> acquire(int bytes, Duration timeout) {
        return acquire(bytes, timeout, Schedulers.parallel());
    }

    /**
     * As {@link #acquire(int, Duration)}, by the time of the scheduler given, which also emits the timeout.
     *
     * <p><img class="marble" src="doc-files/marbles/acquireTimeout.svg" alt="a request waits for another lease to be closed; when the time is up, an error comes">
     *
     * <p><strong>Ownership:</strong> the subscriber's, from {@code onNext} on. A subscription that is cancelled or timed out
     * before gives its bytes, or its place in the queue, to the next.
     *
     * <p><strong>Demand:</strong> the first request asks, once, and starts the timer if no lease comes at once.
     *
     * @throws IllegalArgumentException if {@code bytes} or the timeout is not above 0
     */
    public Mono<Lease> acquire(int bytes, Duration timeout, Scheduler timer) {
        return acquire(/* scope= */ null, bytes, new MonoAcquire.Patience(timeout, timer));
    }

    /**
     * A lease on a new buffer of that capacity if there is room right now, and nobody waits for it; for code that is no publisher.
     * The caller closes it, hands it on, or detaches it.
     *
     * @return null if there is none, or if a limit is below that
     * @throws IllegalArgumentException if {@code bytes} is not above 0
     * @throws IllegalStateException if the budget is closed
     * @throws OutOfMemoryError if the allocator has no memory; nothing is charged then
     */
    public @Nullable Lease tryAcquire(int bytes) {
        requireBytes(bytes);
        return budget.tryReserve(bytes) ? source.take(bytes, /* scope= */ null) : null;
    }

    private static void requireBytes(int bytes) {
        if (bytes <= 0) {
            throw new IllegalArgumentException("bytes must be > 0: bytes=" + bytes);
        }
    }

    Mono<Lease> acquireIn(LeaseScope scope, int bytes) {
        return acquire(scope, bytes, patience);
    }

    Mono<Lease> acquireIn(LeaseScope scope, int bytes, Duration timeout, Scheduler timer) {
        return acquire(scope, bytes, new MonoAcquire.Patience(timeout, timer));
    }

    private Mono<Lease> acquire(@Nullable LeaseScope scope, int bytes, MonoAcquire.@Nullable Patience patience) {
        requireBytes(bytes);
        return MonoAcquire.create(source, deliverOn, bytes, scope, patience);
    }

    /**
     * What the function makes of a buffer that is there for as long as that publisher runs.
     *
     * <p><img class="marble" src="doc-files/marbles/withBuffer.svg" alt="a publisher runs with a buffer that is released after its end">
     *
     * <p><strong>Ownership:</strong> the buffer is lent to the function's publisher, and released after its terminal signal
     * has been passed on, or on cancel; never before, so that elements may refer to it until the subscriber has dealt with
     * the terminal signal. The function must not release it; what retains it keeps it.
     *
     * <p><strong>Demand:</strong> the publisher's own; the first request asks the budget, and waits for it without a limit, also
     * within the publisher of another, unless the pool has {@linkplain #acquireTimeout(Duration) a timeout}.
     *
     * @throws IllegalArgumentException if {@code bytes} is not above 0
     */
    public <T> Flux<T> withBuffer(int bytes, Function<? super ByteBuf, ? extends Publisher<? extends T>> user) {
        requireUser(bytes, user);
        Function<Lease, Publisher<? extends T>> made = lease -> used(user, lease);
        return FluxScoped.create("withBuffer", this, scope -> with(scope, bytes, made));
    }

    /**
     * As {@link #withBuffer}, for at most one element.
     *
     * <p><img class="marble" src="doc-files/marbles/withBufferMono.svg" alt="a publisher of one element runs with a buffer that is released after it">
     *
     * <p><strong>Ownership:</strong> the buffer is lent to the function's publisher, and released after its terminal signal
     * has been passed on, or on cancel. The function must not release it; what retains it keeps it.
     *
     * <p><strong>Demand:</strong> the publisher's own; the first request asks the budget, and waits for it as {@link #withBuffer} does.
     *
     * @throws IllegalArgumentException if {@code bytes} is not above 0
     */
    public <T> Mono<T> withBufferMono(int bytes, Function<? super ByteBuf, ? extends Mono<? extends T>> user) {
        requireUser(bytes, user);
        Function<Lease, Publisher<? extends T>> made = lease -> used(user, lease);
        return MonoScoped.create("withBufferMono", this, scope -> Mono.fromDirect(with(scope, bytes, made)));
    }

    private static <P> P used(Function<? super ByteBuf, P> user, Lease lease) {
        return Objects.requireNonNull(user.apply(lease.buffer()), "the function returned null");
    }

    private static <T> Flux<T> with(LeaseScope scope, int bytes, Function<Lease, Publisher<? extends T>> made) {
        return FluxUse.create(scope.acquire(bytes).flux(), made);
    }

    private static void requireUser(int bytes, Object user) {
        Objects.requireNonNull(user, "user");
        requireBytes(bytes);
    }

    /**
     * A pipeline whose leases cannot be lost: every lease that the scope handed out, and everything that was made of it, is
     * closed when the pipeline ends, unless it was detached, whatever operator lost it.
     *
     * <p><img class="marble" src="doc-files/marbles/scoped.svg" alt="leases that an operator lost are closed after the end">
     *
     * <p><strong>Ownership:</strong> as without a scope, within the pipeline. The scope ends after the terminal signal has been
     * passed on, on cancel, or when something is thrown through it, and its leases with it; so leases that are emitted are good until
     * the subscriber has dealt with the terminal signal. One that has to outlive the pipeline is {@linkplain Lease#detach detached}. Whoever takes what is
     * emitted to another thread, or keeps it, belongs inside: a {@code publishOn} or {@code rechunk} behind the scope, a reader of
     * {@link ByteStreams#toInputStream} that has not read to the end when the scope does. Of the writers of {@link ByteFiles} and
     * {@link ByteStreams} each closes what has come to it itself, so they may be behind it.
     *
     * <p>A cancel ends the scope on the thread that cancels, whoever is at work on another. What reads or writes a file or stream
     * there keeps its lease until that call is over; but what a function or an operator there is reading, as {@code rechunk} that
     * copies, is taken away from under it, as by any {@linkplain Lease#close close}: it may see the next user's bytes, and what
     * it makes of them goes nowhere.
     *
     * <p>An {@link OutOfMemoryError}, as an allocator at its limit throws, is passed on by none of Reactor's operators. Thrown where
     * the scope is subscribed to or requested from, or at a lease that was waited for, it ends the scope, and the subscriber is told:
     * it is recovered from behind the scope, not within. If another thread is passing on an element just then, as where the scope's
     * publisher merges, that is as beside a cancel, and the error may come in the midst of it. Thrown on a thread of an operator's own it goes to that thread's handler.
     *
     * <p><strong>Demand:</strong> the publisher's own.
     *
     * @param scoped called for each subscription
     */
    public <T> Flux<T> scoped(Function<? super LeaseScope, ? extends Publisher<? extends T>> scoped) {
        return FluxScoped.create("scoped", this, scoped);
    }

    /**
     * As {@link #scoped}, for at most one element.
     *
     * <p><img class="marble" src="doc-files/marbles/scopedMono.svg" alt="leases that are not passed on are closed after the end, and the one that is, too">
     *
     * <p><strong>Ownership:</strong> as without a scope, within the pipeline. The scope ends after the terminal signal has been
     * passed on, on cancel, or when something is thrown through it, and its leases with it, the one that was emitted, too, unless it
     * was {@linkplain Lease#detach detached}.
     *
     * <p><strong>Demand:</strong> the publisher's own.
     *
     * @param scoped called for each subscription
     */
    public <T> Mono<T> scopedMono(Function<? super LeaseScope, ? extends Mono<? extends T>> scoped) {
        return MonoScoped.create("scopedMono", this, scoped);
    }

    @Override
    public String toString() {
        String waits = patience == null ? "" : ", acquireTimeout=" + patience.timeout();
        return "ReactiveBufferPool(" + allocator + ", " + budget + waits + ')';
    }
}
