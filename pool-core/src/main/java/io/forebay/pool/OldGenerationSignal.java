package io.forebay.pool;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import javax.management.ListenerNotFoundException;
import javax.management.Notification;
import javax.management.NotificationEmitter;
import javax.management.NotificationListener;
import javax.management.openmbean.CompositeData;

/** Calls back after each collection of the old generation; collections of the young one are far too frequent. */
final class OldGenerationSignal implements NotificationListener {
    /*
     * The notification is com.sun.management's, read here through its open type so that java.management suffices. It
     * arrives on a thread of the JVM: the callback only asks for a tick.
     */
    private static final String MAJOR_GC = "end of major GC";

    /** Collectors whose every cycle covers the whole heap, and which name that otherwise. */
    private static final Set<String> WHOLE_HEAP = Set.of("ZGC Cycles", "ZGC Major Cycles", "Shenandoah Cycles");

    private final Runnable callback;
    private final List<NotificationEmitter> emitters = new ArrayList<>();

    OldGenerationSignal(Runnable callback) {
        this.callback = callback;
    }

    synchronized void listen() {
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            if (collector instanceof NotificationEmitter emitter) {
                emitter.addNotificationListener(this, null, null);
                emitters.add(emitter);
            }
        }
    }

    synchronized void ignore() {
        for (NotificationEmitter emitter : emitters) {
            try {
                emitter.removeNotificationListener(this);
            } catch (ListenerNotFoundException gone) {
                // nothing to remove
            }
        }
        emitters.clear();
    }

    @Override
    public void handleNotification(Notification notification, Object handback) {
        if (notification.getUserData() instanceof CompositeData data
                && isOldGeneration(String.valueOf(data.get("gcName")), String.valueOf(data.get("gcAction")))) {
            callback.run();
        }
    }

    static boolean isOldGeneration(String gcName, String gcAction) {
        return MAJOR_GC.equals(gcAction) || WHOLE_HEAP.contains(gcName);
    }
}
