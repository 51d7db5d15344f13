package io.forebay.benchmarks.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.benchmarks.EventLoopExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the questions take for granted of each contestant. */
class PoolKindTest {
    private static final int ITEMS = PoolWorker.ITEMS;

    @ParameterizedTest
    @EnumSource
    void noItemIsHandedOutTwice(PoolKind kind) throws Exception {
        onEventLoop(() -> {
            try (PoolUnderTest pool = kind.create(/* workers= */ 1)) {
                PoolAccess access = pool.enter();
                List<PoolItem> held = get(access, ITEMS);

                held.subList(0, 67).forEach(access::put);
                held.subList(67, ITEMS).forEach(access::forget);

                assertThat(get(access, ITEMS))
                        .doesNotHaveDuplicates()
                        .doesNotContainAnyElementsOf(held.subList(67, ITEMS));
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void inTheLongRunItemsAreReused(PoolKind kind) throws Exception {
        onEventLoop(() -> {
            try (PoolUnderTest pool = kind.create(/* workers= */ 1)) {
                PoolAccess access = pool.enter();
                for (int i = 0; i < 1000; i++) {
                    get(access, ITEMS).forEach(item -> {
                        item.firstUse();
                        access.put(item);
                    });
                }

                assertThat(get(access, ITEMS)).noneMatch(PoolItem::firstUse);
            }
        });
    }

    private static List<PoolItem> get(PoolAccess access, int items) {
        var got = new ArrayList<PoolItem>();
        for (int i = 0; i < items; i++) {
            got.add(access.get());
        }
        return got;
    }

    private interface Body {
        void run() throws Exception;
    }

    private static void onEventLoop(Body body) throws Exception {
        var executor = new EventLoopExecutor(/* workers= */ 1, "worker");
        try {
            executor.submit(() -> {
                        body.run();
                        return null;
                    })
                    .get(1, TimeUnit.MINUTES);
        } finally {
            executor.shutdownGracefully(0, 1, TimeUnit.SECONDS).await(10, TimeUnit.SECONDS);
        }
    }
}
