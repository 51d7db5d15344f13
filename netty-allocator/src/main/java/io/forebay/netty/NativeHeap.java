package io.forebay.netty;

import java.lang.management.ManagementFactory;
import javax.management.JMException;
import javax.management.ObjectName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The heap of the C library, through the JVM's own diagnostic command: {@code jcmd PID System.trim_native_heap}. */
final class NativeHeap {
    private static final Logger LOG = LoggerFactory.getLogger(NativeHeap.class);
    private static final String COMMANDS = "com.sun.management:type=DiagnosticCommand";

    private NativeHeap() {}

    /** Returns free memory to the system; does nothing where there is no such command, or the C library has no such call. */
    static void trim() {
        try {
            Object said = ManagementFactory.getPlatformMBeanServer()
                    .invoke(new ObjectName(COMMANDS), "systemTrimNativeHeap", new Object[0], new String[0]);
            LOG.debug("{}", said);
        } catch (JMException | RuntimeException noSuchCommand) {
            LOG.debug("no native heap to trim", noSuchCommand);
        }
    }
}
