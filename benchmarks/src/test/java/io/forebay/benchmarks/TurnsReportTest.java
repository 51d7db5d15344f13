package io.forebay.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The table of two versions by turns. */
class TurnsReportTest {
    @Test
    void aCaseIsTheMedianOfItsForksWithTheirRangeAndTheRatio() {
        String table = TurnsReport.markdown(
                Map.of("burst", List.of(9.0, 8.0, 40.0)), Map.of("burst", List.of(6.0, 4.0), "other", List.of(1.0)));
        assertThat(table.lines().skip(2))
                .containsExactly("| burst | 9.00 (8.00 to 40.00) | 5.00 (4.00 to 6.00) | 0.56 |");
    }
}
