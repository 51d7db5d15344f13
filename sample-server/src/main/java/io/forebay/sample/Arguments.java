package io.forebay.sample;

import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;

/** The command line: its grammar, and the way from arguments to {@link ServerOptions}. */
final class Arguments {
    private static final int DEFAULT_TLS_PORT = 8443;
    private static final String DEFAULT_TENANT_MEMORY = "8m";

    /** Of the tenants at their limit, as many as this find room under the common cap. */
    private static final int DEFAULT_CAP_TENANTS = 4;

    private static final Pattern BYTES = Pattern.compile("([0-9]+)([kKmMgG]?)");

    private Arguments() {}

    /**
     * Parses {@code arguments} and hands the options to {@code program}. Help, the version and every complaint are
     * printed here.
     *
     * @return the exit status: 0; 1 if {@code program} failed; 2 for arguments that are not understood
     */
    static int run(Console console, Consumer<ServerOptions> program, String... arguments) {
        CommandLine line = new CommandLine(grammar())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setOut(console.answers())
                .setErr(console.complaints());
        line.setExecutionStrategy(result -> execute(result, program));
        return line.execute(arguments);
    }

    private static int execute(ParseResult result, Consumer<ServerOptions> program) {
        Integer help = CommandLine.executeHelpRequest(result);
        if (help != null) {
            return help;
        }
        ServerOptions options = options(result);
        try {
            program.accept(options);
            return CommandLine.ExitCode.OK;
        } catch (RuntimeException failure) {
            result.commandSpec().commandLine().getErr().println("cannot start: " + reason(failure));
            return CommandLine.ExitCode.SOFTWARE;
        }
    }

    private static String reason(RuntimeException failure) {
        Throwable cause = failure.getCause();
        return failure.getMessage() + (cause == null ? "" : ": " + cause.getMessage());
    }

    private static ServerOptions options(ParseResult result) {
        try {
            return new ServerOptions(
                    value(result, "--allocator"),
                    value(result, "--host"),
                    Arguments.<Integer>value(result, "--port"),
                    !Arguments.<Boolean>value(result, "--no-tls"),
                    tlsPort(result),
                    Duration.ofSeconds(Arguments.<Integer>value(result, "--grace")),
                    Arguments.<Long>value(result, "--max-memory"),
                    Arguments.<Long>value(result, "--tenant-memory"),
                    tenantsCap(result));
        } catch (IllegalArgumentException refused) {
            throw new ParameterException(
                    result.commandSpec().commandLine(), Objects.requireNonNull(refused.getMessage()), refused);
        }
    }

    /** Whoever lets the system choose one port wants no fixed other one. */
    private static int tlsPort(ParseResult result) {
        Integer given = Arguments.<@Nullable Integer>value(result, "--tls-port");
        if (given != null) {
            return given;
        }
        return Arguments.<Integer>value(result, "--port") == 0 ? 0 : DEFAULT_TLS_PORT;
    }

    private static long tenantsCap(ParseResult result) {
        Long given = Arguments.<@Nullable Long>value(result, "--tenants-cap");
        if (given != null) {
            return given;
        }
        long tenantMemory = Arguments.<Long>value(result, "--tenant-memory");
        return tenantMemory > Long.MAX_VALUE / DEFAULT_CAP_TENANTS
                ? Long.MAX_VALUE
                : DEFAULT_CAP_TENANTS * tenantMemory;
    }

    @SuppressWarnings("TypeParameterUnusedInFormals") // the grammar declares the type of each option
    private static <T> T value(ParseResult result, String name) {
        return result.commandSpec().findOption(name).getValue();
    }

    private static CommandSpec grammar() {
        CommandSpec grammar = CommandSpec.create()
                .name("forebay-sample-server")
                .version("forebay-sample-server " + version())
                .mixinStandardHelpOptions(true)
                .addOption(option("--allocator", "NAME", AllocatorKind.class, "forebay", "${COMPLETION-CANDIDATES}"))
                .addOption(option("--host", "ADDRESS", String.class, "127.0.0.1", "the address to listen on"))
                .addOption(option("--port", "N", int.class, "8080", "HTTP/1.1 and h2c; 0 takes a free port"))
                .addOption(OptionSpec.builder("--tls-port")
                        .paramLabel("N")
                        .type(Integer.class)
                        .description("TLS: h2, HTTP/1.1; 0 takes a free port (default: " + DEFAULT_TLS_PORT
                                + ", or a free port with --port 0)")
                        .build())
                .addOption(option("--grace", "SECONDS", int.class, "5", "how long a stop waits for running exchanges"))
                .addOption(memory(
                                "--max-memory",
                                "the most the allocator may hold, as in 16m or 1g; forebay only (default: no limit)")
                        .defaultValue(Long.toString(Long.MAX_VALUE))
                        .build())
                .addOption(memory("--tenant-memory", "the most each tenant may hold (default: ${DEFAULT-VALUE})")
                        .defaultValue(DEFAULT_TENANT_MEMORY)
                        .build())
                .addOption(memory(
                                "--tenants-cap",
                                "the most all tenants may hold together (default: " + DEFAULT_CAP_TENANTS
                                        + " times --tenant-memory)")
                        .build())
                .addOption(OptionSpec.builder("--no-tls")
                        .type(boolean.class)
                        .defaultValue("false")
                        .description("do not listen for TLS")
                        .build());
        grammar.usageMessage().description("A Reactor Netty server on an allocator of choice.");
        return grammar;
    }

    private static OptionSpec.Builder memory(String name, String description) {
        return OptionSpec.builder(name)
                .paramLabel("BYTES")
                .type(Long.class)
                .converters(Arguments::bytes)
                .description(description);
    }

    /** A number of bytes, with k, m or g behind it for powers of 1024, as the JVM's own options have it. */
    private static long bytes(String text) {
        Matcher matcher = BYTES.matcher(text);
        if (!matcher.matches()) {
            throw new TypeConversionException("'" + text + "' is not a number of bytes as in 65536, 16m or 1g");
        }
        int thousands = "kmg".indexOf(matcher.group(2).toLowerCase(Locale.ROOT)) + 1;
        long unit = matcher.group(2).isEmpty() ? 1 : 1L << (10 * thousands);
        try {
            return Math.multiplyExact(Long.parseLong(matcher.group(1)), unit);
        } catch (ArithmeticException | NumberFormatException tooLarge) {
            throw new TypeConversionException("'" + text + "' is more bytes than there are");
        }
    }

    private static OptionSpec option(String name, String label, Class<?> type, String preset, String description) {
        return OptionSpec.builder(name)
                .paramLabel(label)
                .type(type)
                .defaultValue(preset)
                .description(description + " (default: ${DEFAULT-VALUE})")
                .build();
    }

    private static String version() {
        String version = Arguments.class.getPackage().getImplementationVersion();
        return version == null ? "(not packaged)" : version;
    }
}
