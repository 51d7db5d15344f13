package io.forebay.reactor;

import static io.forebay.reactor.Patience.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.netty.ForebayAllocator;
import io.forebay.pool.MemoryBudget;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerResponse;

/** What the READMEs say of the bridge is so: their code compiles and works, and their tables are whole. */
class ReadmeTest {
    private static final Path README = Path.of("README.md");
    private static final Path ROOT = Path.of("../README.md");
    private static final Path HERE = Path.of("src/test/java/io/forebay/reactor/ReadmeTest.java");

    private final ForebayAllocator allocator = ForebayAllocator.create();

    @AfterEach
    void nothingLeaked() {
        await().until(() -> allocator.outstanding().isEmpty());
        allocator.close();
    }

    private static <T> T with(HttpServer server, Function<HttpClient, Mono<T>> use) {
        DisposableServer bound = server.host("127.0.0.1").port(0).bindNow();
        try {
            return use.apply(HttpClient.create().remoteAddress(bound::address))
                    .blockOptional()
                    .orElseThrow();
        } finally {
            bound.disposeNow(Patience.LIMIT);
        }
    }

    private static Path file(Path directory) throws IOException {
        return Files.writeString(directory.resolve("file"), "some text\n".repeat(100_000));
    }

    @Test
    void theServerWorks(@TempDir Path directory) throws IOException {
        Path file = file(directory);
        // README
        MemoryBudget budget = MemoryBudget.create("http", 64 << 20); // bytes of all leases together
        ReactiveBufferPool pool = ReactiveBufferPool.create(allocator, budget).deliverOn(Schedulers.parallel());

        HttpServer server = HttpServer.create()
                .childOption(ChannelOption.ALLOCATOR, allocator)
                .route(routes -> routes.post(
                                "/lines",
                                (request, response) -> response.sendString(request.receive()
                                        .transform(Leases.own()) // Reactor Netty lends: keep
                                        .transform(ByteFlux.linesAsString(8192, UTF_8))
                                        .map(line -> line.length() + "\n")))
                        .get(
                                "/file",
                                (request, response) -> response.send(pool.scoped(scope -> ByteFiles.read(
                                                file, scope::acquire, 1 << 16, Schedulers.boundedElastic())
                                        .transform(ByteFlux.limitRateBytes(1 << 18, Schedulers.parallel()))
                                        .transform(Leases.detach()))))); // Reactor Netty releases
        // end
        String lines = with(
                server,
                client -> client.post()
                        .uri("/lines")
                        .send(Flux.just("one\ntw", "o\n\nthree")
                                .map(text -> allocator.buffer().writeBytes(text.getBytes(UTF_8))))
                        .responseSingle((response, content) -> content.asString()));
        assertThat(lines).isEqualTo("3\n3\n0\n5\n");
        String text = with(
                server, client -> client.get().uri("/file").responseSingle((response, content) -> content.asString()));
        assertThat(text).isEqualTo(Files.readString(file));
        assertThat(budget.peak()).isBetween(1L, (1L << 18) + (1 << 16));
        await().until(() -> budget.used() == 0 && budget.waiting() == 0);
    }

    private static Lease written(Lease lease) {
        lease.buffer().writeBytes("a report".getBytes(UTF_8));
        return lease;
    }

    private static final class Reports {
        private final ReactiveBufferPool pool;

        Reports(ReactiveBufferPool pool) {
            this.pool = pool;
        }

        // README refusal
        Publisher<Void> report(HttpServerResponse response) {
            return pool.scopedMono(scope -> scope.acquire(
                                    1 << 20, Duration.ofMillis(200)) // waits for its turn, not longer
                            .flatMap(lease -> response.send(
                                            Flux.just(written(lease)).transform(Leases.detach()))
                                    .then()))
                    .onErrorResume(
                            AcquireTimeoutException.class,
                            spent -> response.status(503)
                                    .header("Retry-After", "1")
                                    .send());
        }
        // end
    }

    @Test
    void whoFindsTheBudgetSpentIsToldToComeAgain() {
        MemoryBudget budget = MemoryBudget.create("reports", 1 << 20);
        Reports reports =
                new Reports(ReactiveBufferPool.create(allocator, budget).deliverOn(Schedulers.parallel()));
        HttpServer server = HttpServer.create().handle((request, response) -> reports.report(response));
        await().until(() -> answer(server), "200 null a report"::equals); // 503 where a thread is held up for so long
        await().until(() -> budget.used() == 0);
        assertThat(budget.tryReserve(1)).isTrue();
        assertThat(answer(server)).isEqualTo("503 1 ");
        budget.release(1);
        assertThat(budget.waiting()).isZero();
        assertThat(budget.used()).isZero();
    }

    private static String answer(HttpServer server) {
        return with(
                server,
                client -> client.get()
                        .responseSingle((response, content) -> content.asString()
                                .defaultIfEmpty("")
                                .map(text -> response.status().code() + " "
                                        + response.responseHeaders().get("Retry-After") + " " + text)));
    }

    @Test
    void theExampleOfTheFirstPageWorks(@TempDir Path directory) throws IOException {
        Path file = file(directory);
        // README first
        MemoryBudget budget = MemoryBudget.create("downloads", 64 << 20);
        ReactiveBufferPool pool = ReactiveBufferPool.create(allocator, budget).deliverOn(Schedulers.parallel());

        Flux<ByteBuf> body = pool.scoped(
                scope -> // closes what was lost, when the pipeline ends
                ByteFiles.read(
                                file,
                                scope::acquire,
                                1 << 16,
                                Schedulers.boundedElastic()) // waits while 64 MiB are in use
                        .transform(ByteFlux.limitRateBytes(1 << 18, Schedulers.parallel())) // of this client's
                        .transform(Leases.detach())); // for Reactor Netty's send, which releases
        // end
        Long bytes = body.transform(Leases.adopt())
                .transform(Leases.consume(buffer -> (long) buffer.readableBytes()))
                .reduce(0L, Long::sum)
                .block();
        assertThat(bytes).isEqualTo(Files.size(file));
        await().until(() -> budget.used() == 0);
    }

    @Test
    void theExamplesAreThoseThatRun() throws IOException {
        String readme = Files.readString(README);
        String steps = readme.substring(readme.indexOf("## How to put it in"));
        String root = Files.readString(ROOT);
        String bridge = root.substring(root.indexOf("[reactor-bridge](reactor-bridge/README.md)"));
        assertThat(example(readme)).isEqualTo(code("// README\n"));
        assertThat(example(steps)).isEqualTo(code("// README refusal\n"));
        assertThat(example(bridge)).isEqualTo(code("// README first\n"));
    }

    private static String example(String page) {
        return between(page, "```java\n", "```");
    }

    private static String code(String mark) throws IOException {
        return between(Files.readString(HERE), mark, "// end");
    }

    /** Without white space, which the formatter and a reader want differently. */
    private static String between(String text, String from, String to) {
        int start = text.indexOf(from) + from.length();
        String found = text.substring(start, text.indexOf(to, start)).replaceAll("\\s", "");
        assertThat(found).isNotEmpty();
        return found;
    }

    @Test
    void itHasARowForAllThatIsOfferedAndForNothingElse() throws IOException {
        Set<String> offered = Offered.all().stream()
                .map(name -> name.replaceAll("\\(.*", ""))
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> rows = Pattern.compile("(?m)^\\| `(\\w+\\.\\w+)` \\| .+ \\|$")
                .matcher(between("## What there is", "## Who owns what"))
                .results()
                .map(row -> row.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(rows).isEqualTo(offered);
    }

    private static String between(String heading, String next) throws IOException {
        String readme = Files.readString(README);
        return readme.substring(readme.indexOf(heading), readme.indexOf(next));
    }

    @Test
    void itHasARowForEachMeter() throws IOException {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        new BudgetMetrics(MemoryBudget.create("any", 1)).bindTo(registry);
        Set<String> meters = registry.getMeters().stream()
                .map(meter -> meter.getId().getName())
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> rows = Pattern.compile("(?m)^\\| `(forebay\\.[\\w.]+)`")
                .matcher(between("## Meters", "## Left out"))
                .results()
                .map(row -> row.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(rows).isEqualTo(meters);
        String root = Files.readString(ROOT);
        assertThat(meters)
                .allSatisfy(name -> assertThat(root)
                        .containsAnyOf('`' + name + '`', '`' + name.substring("forebay.budget".length()) + '`'));
        registry.close();
    }

    @Test
    void itNamesEachOperatorThatTheScopeIsTestedBehind() throws IOException {
        String section = between("## Which of Reactor's operators lose elements", "## Beside others");
        assertThat(LosingOperatorTest.losers().map(LosingOperatorTest.Loser::name))
                .filteredOn(name -> !name.equals("error after")) // no operator
                .allSatisfy(name -> {
                    String operator = name.replaceFirst("^throwing ", "").replaceFirst(",.*", "");
                    assertThat(section).contains(operator.contains(" ") ? operator : '`' + operator + '`');
                });
    }

    @Test
    void everyTestItNamesExists() throws IOException {
        assertThat(Pattern.compile("`(\\w+Test)`")
                        .matcher(Files.readString(README))
                        .results()
                        .map((MatchResult test) -> test.group(1)))
                .isNotEmpty()
                .allSatisfy(
                        test -> assertThat(HERE.resolveSibling(test + ".java")).isRegularFile());
    }
}
