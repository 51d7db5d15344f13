package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LeaseRowTest {
    private final Buffers buffers = new Buffers();

    @AfterEach
    void nothingLeaked() {
        buffers.close();
    }

    @Test
    void behavesAsADequeOfAnyLengthWhereverItBegins() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            LeaseRow row = new LeaseRow();
            ArrayDeque<Lease> model = new ArrayDeque<>();
            for (int step = 0; step < 200; step++) {
                if (model.isEmpty() || random.nextInt(5) < 3) {
                    Lease lease = buffers.lease((byte) step);
                    row.addLast(lease);
                    model.addLast(lease);
                } else {
                    assertThat(row.removeFirst()).isSameAs(model.peekFirst());
                    model.removeFirst().close();
                }
                assertThat(contents(row)).containsExactlyElementsOf(model);
            }
            if (random.nextBoolean()) {
                assertThat(row.removeAll()).containsExactlyElementsOf(model);
                model.forEach(Lease::close);
            }
            assertThat(row.closeAll(/* before= */ null)).isNull();
            assertThat(row.size()).isZero();
        }
    }

    private static List<Lease> contents(LeaseRow row) {
        List<Lease> contents = new ArrayList<>();
        for (int place = 0; place < row.size(); place++) {
            contents.add(row.get(place));
        }
        return contents;
    }
}
