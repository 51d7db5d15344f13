package io.forebay.netty.contract;

import io.forebay.netty.contract.BufferKind.Trait;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.ArgumentsProvider;
import org.junit.jupiter.params.provider.ArgumentsSource;
import org.junit.jupiter.params.support.AnnotationConsumer;
import org.junit.jupiter.params.support.ParameterDeclarations;

/** A test of every {@link BufferKind} that this JDK can make and that has none of the traits left out. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@ParameterizedTest(name = "{0}")
@ArgumentsSource(EveryKind.Kinds.class)
@interface EveryKind {
    Trait[] except() default Trait.READ_ONLY;

    /** Finds the kinds for a test. */
    final class Kinds implements ArgumentsProvider, AnnotationConsumer<EveryKind> {
        private Trait[] except = {};

        @Override
        public void accept(EveryKind annotation) {
            except = annotation.except();
        }

        @Override
        public Stream<? extends Arguments> provideArguments(
                ParameterDeclarations parameters, ExtensionContext context) {
            return Arrays.stream(BufferKind.values())
                    .filter(BufferKind::isAvailable)
                    .filter(kind -> Arrays.stream(except).noneMatch(kind::is))
                    .map(Arguments::of);
        }
    }
}
