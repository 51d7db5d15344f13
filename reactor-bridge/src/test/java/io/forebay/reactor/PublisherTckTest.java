package io.forebay.reactor;

import org.reactivestreams.Publisher;
import org.reactivestreams.tck.PublisherVerification;
import org.reactivestreams.tck.TestEnvironment;
import org.testng.annotations.Factory;

/** The rules of Reactive Streams, for every publisher there is, by the kit that belongs to them. */
@SuppressWarnings("exports") // the kit wants it public
public final class PublisherTckTest extends PublisherVerification<Object> {
    private static final int TIMEOUT_MILLIS = 10_000; // for what must come: only a failure takes so long
    private static final int SILENCE_MILLIS = 30; // for what must not come from another thread
    private static final int NO_TIME_MILLIS = 1; // for what would have come

    private final TckSubject subject;

    public PublisherTckTest(Object subject) {
        super(environment((TckSubject) subject), /* publisherReferenceGCTimeoutMillis= */ 100);
        this.subject = (TckSubject) subject;
    }

    private static TestEnvironment environment(TckSubject subject) {
        int silenceMillis = subject.here() ? NO_TIME_MILLIS : SILENCE_MILLIS;
        return new TestEnvironment(TIMEOUT_MILLIS, silenceMillis, silenceMillis);
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
    @SuppressWarnings({"unchecked", "NullAway"}) // the kit takes null for none
    public Publisher<Object> createFailedPublisher() {
        return (Publisher<Object>) subject.failed();
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
