package io.forebay.pool;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;

/** Programs for Lincheck that chance would seldom write: {@code "popHead pushHead:2"} is two operations of a test. */
final class Scenario {
    private Scenario() {}

    static ExecutionScenario of(Class<?> test, String before, List<String> threads, String after) {
        List<List<Actor>> parallel = new ArrayList<>();
        for (String thread : threads) {
            parallel.add(actors(test, thread));
        }
        return new ExecutionScenario(actors(test, before), parallel, actors(test, after), null);
    }

    private static List<Actor> actors(Class<?> test, String program) {
        return Arrays.stream(program.split(" ", -1))
                .map(step -> actor(test, step))
                .toList();
    }

    private static Actor actor(Class<?> test, String step) {
        int colon = step.indexOf(':');
        String name = colon < 0 ? step : step.substring(0, colon);
        List<Integer> arguments = colon < 0 ? List.of() : List.of(Integer.valueOf(step.substring(colon + 1)));
        Method method = Arrays.stream(test.getMethods())
                .filter(candidate -> candidate.getName().equals(name))
                .findFirst()
                .orElseThrow();
        return new Actor(method, arguments);
    }
}
