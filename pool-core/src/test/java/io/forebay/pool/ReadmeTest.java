package io.forebay.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What the README says of the code is so: its examples compile and run, and the tests it names exist. */
class ReadmeTest {
    private static final Path README = Path.of("README.md");
    private static final Path TESTS = Path.of("src/test/java/io/forebay/pool");

    private static final class Parser {
        private boolean closed;

        void parse(String input) {
            assertThat(input).isNotEmpty();
        }

        void close() {
            closed = true;
        }
    }

    @Test
    @SuppressWarnings("FutureReturnValueIgnored") // as in the README
    void theExampleRuns() {
        String input = "input";
        // README
        ReclaimClock clock = ReclaimClock.every(ReclaimClock.DEFAULT_PERIOD);
        Pool<Parser> pool =
                Pool.builder(Parser::new).destructor(Parser::close).clock(clock).build();

        Parser parser = pool.get(); // any thread; on an event loop: pool.attach(loop), then slot.get()
        parser.parse(input);
        pool.put(parser); // or pool.discard(parser), if it is not fit to be used again

        pool.close(); // idle parsers are destroyed, later puts destroy
        pool.termination().thenRun(clock::close); // the last one is back
        // end
        assertThat(pool.termination().toCompletableFuture()).succeedsWithin(Threads.LIMIT);
        assertThat(parser.closed).isTrue();
        LedgeredItems.checkLedger(pool.stats());
    }

    @Test
    void theExampleOfBudgetsRuns() {
        BudgetRecorder listener = new BudgetRecorder();
        Executor executor = listener;
        // README budgets
        MemoryBudget server = MemoryBudget.create("server", 1 << 20);
        MemoryBudget tenant = server.child("tenant", 1 << 18);

        if (tenant.tryReserve(4096)) { // never waits: charges both budgets, or neither
            tenant.release(4096); // any thread, once
        }
        BudgetWaiter waiter = tenant.reserveAsync(4096, executor, listener); // waits for its turn
        if (!waiter.cancel()) { // true: it is as if it had never been asked
            tenant.release(4096); // false: the listener was told, and the bytes are its own
        }
        // end
        assertThat(listener.granted).containsExactly(waiter);
        assertThat(server.used()).isZero();
    }

    @Test
    void theExamplesAreThoseThatRun() throws IOException {
        String here = Files.readString(TESTS.resolve("ReadmeTest.java"));
        String readme = Files.readString(README);
        String budgets = readme.substring(readme.indexOf("## Budgets"));
        assertThat(squeezed(between(readme, "```java\n", "```")))
                .isNotEmpty()
                .isEqualTo(squeezed(between(here, "// README\n", "// end")));
        assertThat(squeezed(between(budgets, "```java\n", "```")))
                .isNotEmpty()
                .isEqualTo(squeezed(between(here, "// README budgets\n", "// end")));
    }

    /** Without white space, which the formatter and a reader want differently. */
    private static String squeezed(String code) {
        return code.replaceAll("\\s", "");
    }

    private static String between(String text, String from, String to) {
        int start = text.indexOf(from) + from.length();
        return text.substring(start, text.indexOf(to, start));
    }

    @Test
    void everyTestItNamesExists() throws IOException {
        List<MatchResult> named = Pattern.compile("`(\\w+Test)\\.(\\w+)`")
                .matcher(Files.readString(README))
                .results()
                .toList();
        assertThat(named).hasSizeGreaterThan(15);
        for (MatchResult test : named) {
            String source = Files.readString(TESTS.resolve(test.group(1) + ".java"));
            assertThat(source).as(test.group()).contains("void " + test.group(2) + "(");
        }
    }

    @Test
    void itHasARowForEachRule() throws IOException {
        String readme = Files.readString(README);
        for (int rule = 1; rule <= 20; rule++) {
            assertThat(readme).contains("\n| R" + rule + " |");
        }
    }
}
