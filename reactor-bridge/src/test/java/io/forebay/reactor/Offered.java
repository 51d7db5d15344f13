package io.forebay.reactor;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.reactivestreams.Publisher;

/** Every operator and publisher that users are offered, by name: {@code ByteFlux.rechunk}, with parameters if overloaded. */
final class Offered {
    private static final Class<?>[] TYPES = {
        Leases.class,
        ByteFlux.class,
        ByteFiles.class,
        ByteStreams.class,
        LeaseSinks.class,
        LeaseSink.class,
        ReactiveBufferPool.class,
        LeaseScope.class
    };

    private Offered() {}

    static Set<String> all() {
        return Stream.of(TYPES)
                .flatMap(type -> Stream.of(type.getDeclaredMethods()))
                .filter(Offered::isOffered)
                .map(Offered::name)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Whether methods of the type are looked at. */
    static boolean looksAt(Class<?> type) {
        return List.of(TYPES).contains(type);
    }

    static boolean offersSomething(Class<?> type) {
        return Stream.of(type.getDeclaredMethods()).anyMatch(Offered::isOffered);
    }

    /** Functions are operators. */
    private static boolean isOffered(Method method) {
        Class<?> made = method.getReturnType();
        return Modifier.isPublic(method.getModifiers())
                && (Publisher.class.isAssignableFrom(made) || made == Function.class || made == LeaseSink.class);
    }

    private static String name(Method method) {
        Class<?> type = method.getDeclaringClass();
        String name = type.getSimpleName() + '.' + method.getName();
        long overloads = Stream.of(type.getDeclaredMethods())
                .filter(other -> isOffered(other) && other.getName().equals(method.getName()))
                .count();
        return overloads == 1 ? name : name + parameters(method);
    }

    private static String parameters(Method method) {
        return Arrays.stream(method.getParameterTypes())
                .map(Class::getSimpleName)
                .collect(Collectors.joining(", ", "(", ")"));
    }
}
