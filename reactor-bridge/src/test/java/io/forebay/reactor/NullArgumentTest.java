package io.forebay.reactor;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.FileChannel;
import java.nio.charset.Charset;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** Null for any argument of anything public, all others being good. */
class NullArgumentTest {
    @RegisterExtension
    private final SmallPool memory = new SmallPool();

    private final Path file;

    NullArgumentTest(@TempDir Path directory) throws IOException {
        file = FileOf25Bytes.in(directory);
    }

    /** One argument of a method or constructor. */
    record Argument(Executable of, int place) {
        String name() {
            return of.getParameters()[place].getName();
        }

        @Override
        public String toString() {
            String types = String.join(
                    ", ",
                    Arrays.stream(of.getParameterTypes())
                            .map(Class::getSimpleName)
                            .toList());
            return of.getDeclaringClass().getSimpleName() + '.' + of.getName() + '(' + types + "), " + name();
        }
    }

    static Stream<Argument> arguments() {
        return new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests()).importPackages("io.forebay.reactor").stream()
                        .filter(type ->
                                type.isTopLevelClass() && type.getModifiers().contains(JavaModifier.PUBLIC))
                        .map(JavaClass::reflect)
                        .flatMap(type -> Stream.concat(
                                Stream.of(type.getDeclaredMethods()), Stream.of(type.getDeclaredConstructors())))
                        .filter(called -> Modifier.isPublic(called.getModifiers()) && !called.isSynthetic())
                        .flatMap(NullArgumentTest::argumentsOf);
    }

    private static Stream<Argument> argumentsOf(Executable called) {
        Parameter[] parameters = called.getParameters();
        return IntStream.range(0, parameters.length)
                .filter(place -> !parameters[place].getType().isPrimitive())
                .mapToObj(place -> new Argument(called, place));
    }

    @ParameterizedTest
    @MethodSource("arguments")
    void isRefusedAtOnceAndByName(Argument argument) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            Map<Class<?>, Object> good = good(channel);
            List<@Nullable Object> values = new ArrayList<>();
            for (Class<?> type : argument.of().getParameterTypes()) {
                values.add(
                        values.size() == argument.place()
                                ? null
                                : Objects.requireNonNull(good.get(type), () -> "no example of a " + type));
            }
            assertThatThrownBy(() -> call(argument.of(), good, values.toArray()))
                    .isInstanceOf(NullPointerException.class)
                    .hasMessage(argument.name());
        }
    }

    private Map<Class<?>, Object> good(FileChannel channel) {
        IntFunction<Mono<Lease>> buffers = memory::acquire;
        Callable<Object> opener = () -> channel;
        return Map.ofEntries(
                Map.entry(int.class, 1),
                Map.entry(long.class, 1L),
                Map.entry(byte[].class, new byte[1]),
                Map.entry(Path.class, file),
                Map.entry(FileChannel.class, channel),
                Map.entry(AsynchronousFileChannel.class, new HereChannel(1)),
                Map.entry(OpenOption[].class, new OpenOption[0]),
                Map.entry(IntFunction.class, buffers),
                Map.entry(Callable.class, opener),
                Map.entry(Scheduler.class, Schedulers.immediate()),
                Map.entry(Duration.class, Duration.ofDays(1)),
                Map.entry(Charset.class, UTF_8),
                Map.entry(Function.class, Function.identity()),
                Map.entry(ByteBufAllocator.class, memory.buffers),
                Map.entry(MemoryBudget.class, memory.budget),
                Map.entry(ReactiveBufferPool.class, memory.pool),
                Map.entry(LeaseScope.class, new LeaseScope(memory.pool)),
                Map.entry(LeaseSink.class, LeaseSinks.unicast(1)),
                Map.entry(BudgetMetrics.class, new BudgetMetrics(memory.budget)),
                Map.entry(Iterable.class, List.of()));
    }

    @SuppressWarnings("NullAway") // is what is tested; static methods have no receiver
    private static void call(Executable called, Map<Class<?>, Object> good, @Nullable Object... values)
            throws Throwable {
        try {
            Object unused = called instanceof Method method
                    ? method.invoke(good.get(method.getDeclaringClass()), values)
                    : ((Constructor<?>) called).newInstance(values);
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause();
        }
    }
}
