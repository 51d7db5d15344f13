package io.forebay.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OldGenerationSignalTest {
    @ParameterizedTest
    @CsvSource({
        "G1 Old Generation,       end of major GC,            true",
        "G1 Young Generation,     end of minor GC,            false",
        "G1 Concurrent GC,        end of concurrent GC pause, false",
        "PS MarkSweep,            end of major GC,            true",
        "PS Scavenge,             end of minor GC,            false",
        "MarkSweepCompact,        end of major GC,            true",
        "Copy,                    end of minor GC,            false",
        "ZGC Cycles,              end of GC cycle,            true",
        "ZGC Pauses,              end of GC pause,            false",
        "ZGC Major Cycles,        end of GC cycle,            true",
        "ZGC Minor Cycles,        end of GC cycle,            false",
        "ZGC Major Pauses,        end of GC pause,            false",
        "Shenandoah Cycles,       end of GC cycle,            true",
        "Shenandoah Pauses,       end of GC pause,            false",
    })
    void onlyCollectionsThatCoverTheOldGenerationCount(String collector, String action, boolean counts) {
        assertThat(OldGenerationSignal.isOldGeneration(collector, action)).isEqualTo(counts);
    }

    @Test
    void aFullCollectionCallsBackUntilItIsIgnored() {
        AtomicInteger calls = new AtomicInteger();
        OldGenerationSignal signal = new OldGenerationSignal(calls::incrementAndGet);
        signal.listen();
        Awaitility.await().atMost(Threads.LIMIT).until(() -> {
            System.gc();
            return calls.get() > 0;
        });
        signal.ignore();
        signal.ignore();
    }
}
