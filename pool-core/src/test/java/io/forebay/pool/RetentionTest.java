package io.forebay.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What was taken is nobody's but the taker's: a slot that kept a reference would keep memory. */
class RetentionTest {
    private static final int ITEMS = 16;

    @ParameterizedTest
    @EnumSource
    void whatWasTakenIsNotReferredTo(AnyDeque.Kind kind) {
        AnyDeque<Object> deque = kind.make();

        List<WeakReference<Object>> items = passThrough(deque);

        await().atMost(Threads.LIMIT).untilAsserted(() -> {
            System.gc();
            assertThat(items).allSatisfy(item -> assertThat(item.refersTo(null)).isTrue());
        });
        assertThat(deque.pushHead(new Object[] {this}, 0, 1)).isOne(); // it was alive until here
        assertThat(deque.popTail()).isSameAs(this);
    }

    private static List<WeakReference<Object>> passThrough(AnyDeque<Object> deque) {
        Object[] batch = new Object[ITEMS];
        List<WeakReference<Object>> items = new ArrayList<>();
        for (int i = 0; i < ITEMS; i++) {
            batch[i] = new Object();
            items.add(new WeakReference<>(batch[i]));
        }
        for (int i = 0; i < ITEMS; i += 8) {
            assertThat(deque.pushHead(batch, i, i + 8)).isEqualTo(8);
        }
        int left = ITEMS - 2;
        assertThat(deque.popHead()).isSameAs(batch[ITEMS - 1]);
        assertThat(deque.popTail()).isSameAs(batch[0]);
        left -= deque.popHead(batch, 0, 3);
        while (left > 0) {
            left -= deque.popTail(batch, 0, 3);
        }
        return items;
    }
}
