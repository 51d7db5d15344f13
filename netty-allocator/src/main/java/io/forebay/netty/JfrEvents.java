package io.forebay.netty;

import java.util.List;
import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.FlightRecorder;
import jdk.jfr.FlightRecorderListener;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Registered;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** The events of Java's flight recorder: off by default, and known to it only once it is used at all. */
final class JfrEvents implements Events {
    private static final List<Class<? extends Event>> TYPES =
            List.of(AllocateSlow.class, SlabReserve.class, SlabFree.class, Cycle.class, Leak.class, LimitHit.class);

    private JfrEvents() {}

    /** Has the events registered when the recorder starts, so that a process without recordings does not pay for it. */
    static Events register() {
        FlightRecorder.addListener(new FlightRecorderListener() {
            @Override
            public void recorderInitialized(FlightRecorder recorder) {
                TYPES.forEach(FlightRecorder::register);
            }
        });
        return new JfrEvents();
    }

    @Override
    public Span allocateSlow(String allocator, boolean direct, int capacityBytes) {
        AllocateSlow event = new AllocateSlow();
        if (!event.isEnabled()) {
            return Span.NONE;
        }
        event.allocator = allocator;
        event.direct = direct;
        event.capacity = capacityBytes;
        event.begin();
        return event::commit;
    }

    @Override
    public Span slabReserve(int segmentBytes, int slabBytes) {
        SlabReserve event = new SlabReserve();
        if (!event.isEnabled()) {
            return Span.NONE;
        }
        event.segmentSize = segmentBytes;
        event.slabSize = slabBytes;
        event.begin();
        return event::commit;
    }

    @Override
    public void slabFree(int segmentBytes, int slabBytes) {
        SlabFree event = new SlabFree();
        event.segmentSize = segmentBytes;
        event.slabSize = slabBytes;
        event.commit();
    }

    @Override
    public Span cycle(String allocator) {
        Cycle event = new Cycle();
        if (!event.isEnabled()) {
            return Span.NONE;
        }
        event.allocator = allocator;
        event.begin();
        return event::commit;
    }

    @Override
    public void leak(LeakReport report) {
        Leak event = new Leak();
        event.allocator = report.allocator();
        event.direct = report.direct();
        event.capacity = report.capacityBytes();
        event.age = report.age().toNanos();
        event.sampled = report.sampled();
        event.commit();
    }

    @Override
    public void limitHit(String budget, long requestedBytes, long usedBytes, long limitBytes) {
        LimitHit event = new LimitHit();
        event.budget = budget;
        event.requested = requestedBytes;
        event.used = usedBytes;
        event.limit = limitBytes;
        event.commit();
    }

    @Name("io.forebay.AllocateSlow")
    @Label("Slow Allocation")
    @Description("No idle buffer was found, so one was made")
    @Category({"Forebay", "Allocation"})
    @Enabled(false)
    @Registered(false)
    static final class AllocateSlow extends Event {
        @Label("Allocator")
        String allocator = "";

        @Label("Direct")
        boolean direct;

        @Label("Capacity")
        @DataAmount
        int capacity;
    }

    @Name("io.forebay.SlabReserve")
    @Label("Slab Reserve")
    @Description("A slab of direct memory was taken from the system")
    @Category({"Forebay", "Memory"})
    @Enabled(false)
    @Registered(false)
    static final class SlabReserve extends Event {
        @Label("Segment Size")
        @DataAmount
        int segmentSize;

        @Label("Slab Size")
        @DataAmount
        int slabSize;
    }

    @Name("io.forebay.SlabFree")
    @Label("Slab Free")
    @Description("A slab of direct memory went back to the system")
    @Category({"Forebay", "Memory"})
    @Enabled(false)
    @Registered(false)
    @StackTrace(false)
    static final class SlabFree extends Event {
        @Label("Segment Size")
        @DataAmount
        int segmentSize;

        @Label("Slab Size")
        @DataAmount
        int slabSize;
    }

    @Name("io.forebay.Cycle")
    @Label("Cycle")
    @Description("A turn of the reclaim clock, without what the event loops do for it")
    @Category({"Forebay", "Memory"})
    @Enabled(false)
    @Registered(false)
    @StackTrace(false)
    static final class Cycle extends Event {
        @Label("Allocator")
        String allocator = "";
    }

    @Name("io.forebay.Leak")
    @Label("Leak")
    @Description("A buffer was garbage-collected without a release")
    @Category({"Forebay", "Leaks"})
    @Enabled(false)
    @Registered(false)
    @StackTrace(false)
    static final class Leak extends Event {
        @Label("Allocator")
        String allocator = "";

        @Label("Direct")
        boolean direct;

        @Label("Capacity")
        @DataAmount
        int capacity;

        @Label("Age")
        @Description("Since the buffer was made: at least as long as since it was lost")
        @Timespan(Timespan.NANOSECONDS)
        long age;

        @Label("Sampled")
        @Description("Whether Netty's leak detector watched the life that was lost")
        boolean sampled;
    }

    @Name("io.forebay.LimitHit")
    @Label("Limit Hit")
    @Description("A request failed for a limit, after idle memory was reclaimed")
    @Category({"Forebay", "Memory"})
    @Enabled(false)
    @Registered(false)
    static final class LimitHit extends Event {
        @Label("Budget")
        String budget = "";

        @Label("Requested")
        @DataAmount
        long requested;

        @Label("Used")
        @DataAmount
        long used;

        @Label("Limit")
        @DataAmount
        long limit;
    }
}
