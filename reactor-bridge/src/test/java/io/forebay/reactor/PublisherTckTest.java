package io.forebay.reactor;

import static io.forebay.reactor.Patience.await;

import java.lang.ref.WeakReference;
import org.reactivestreams.Publisher;
import org.reactivestreams.tck.PublisherVerification;
import org.reactivestreams.tck.TestEnvironment;
import org.reactivestreams.tck.TestEnvironment.ManualSubscriber;
import org.testng.annotations.Factory;
import org.testng.annotations.Test;

/** The rules of Reactive Streams, for every publisher there is, by the kit that belongs to them. */
@SuppressWarnings("exports") // the kit wants it public
public final class PublisherTckTest extends PublisherVerification<Object> {
    private static final int SILENCE_MILLIS = 30; // for what must not come from another thread
    private static final int NO_TIME_MILLIS = 1; // for what would have come

    private final TckSubject subject;
    private final TestEnvironment environment;

    public PublisherTckTest(Object subject) {
        this((TckSubject) subject, environment((TckSubject) subject));
    }

    private PublisherTckTest(TckSubject subject, TestEnvironment environment) {
        super(environment);
        this.subject = subject;
        this.environment = environment;
    }

    private static TestEnvironment environment(TckSubject subject) {
        int silenceMillis = subject.here() ? NO_TIME_MILLIS : SILENCE_MILLIS;
        return new TestEnvironment((int) Patience.LIMIT.toMillis(), silenceMillis, silenceMillis);
    }

    @Factory
    public static Object[] all() {
        return TckSubject.all().map(PublisherTckTest::new).toArray();
    }

    @Override
    @SuppressWarnings("unchecked") // the kit only passes elements around
    public Publisher<Object> createPublisher(long elements) {
        return (Publisher<Object>) subject.elements().apply(elements);
    }

    @Override
    @SuppressWarnings("unchecked") // the kit only passes elements around
    public Publisher<Object> createFailedPublisher() {
        return (Publisher<Object>) subject.failed();
    }

    /**
     * The kit's own looks once, a tenth of a second after its only collection, by when another thread need not have let go, nor
     * the JVM have told of it.
     */
    @Override
    @Test
    public void required_spec313_cancelMustMakeThePublisherEventuallyDropAllReferencesToTheSubscriber()
            throws Throwable {
        activePublisherTest(
                3,
                /* completionSignalRequired= */ false,
                publisher -> {
                    WeakReference<?> dropped = cancelled(publisher);
                    await().until(() -> {
                        System.gc();
                        return dropped.get() == null;
                    });
                    environment.verifyNoAsyncErrorsNoDelay();
                });
    }

    /** Whose only strong references, once this has returned, are the publisher's. */
    private WeakReference<?> cancelled(Publisher<Object> publisher) throws InterruptedException {
        ManualSubscriber<Object> subscriber = environment.newManualSubscriber(publisher);
        subscriber.request(1);
        subscriber.nextElement();
        subscriber.cancel();
        return new WeakReference<>(subscriber);
    }

    @Override
    public long maxElementsFromPublisher() {
        return subject.most();
    }

    @Override
    public String toString() {
        return subject.name();
    }
}
