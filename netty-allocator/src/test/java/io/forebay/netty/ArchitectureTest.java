package io.forebay.netty;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaModifier.ABSTRACT;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.forebay");

    @Test
    void arrowsGoDownOnly() {
        noClasses()
                .that()
                .resideInAPackage("io.forebay.pool..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.forebay.netty..", "io.forebay.reactor..", "io.forebay.sample..", "io.netty..")
                .check(CLASSES);
        noClasses()
                .that()
                .resideInAPackage("io.forebay.netty..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.forebay.reactor..", "io.forebay.sample..", "reactor..")
                .check(CLASSES);
    }

    @Test
    void onlyTheListedTypesArePublic() {
        Set<String> published = CLASSES.stream()
                .filter(type -> type.getPackageName().equals("io.forebay.netty"))
                .filter(type -> type.isTopLevelClass() && type.getModifiers().contains(JavaModifier.PUBLIC))
                .map(JavaClass::getSimpleName)
                .collect(Collectors.toSet());
        assertThat(published)
                .containsExactlyInAnyOrder(
                        "ForebayAllocator",
                        "ForebayAllocatorBuilder",
                        "ForebayLoopMetrics",
                        "ForebayMetric",
                        "ForebayMetrics",
                        "Http2LimitGuard",
                        "LimitGuard",
                        "ClassStats",
                        "LoopStats",
                        "LeakListener",
                        "LeakReport",
                        "MemoryLimitError",
                        "MemoryStats");
    }

    @Test
    void nettysInternalsAreUsedInOnePlace() {
        noClasses()
                .that()
                .resideInAPackage("io.forebay.netty..")
                .and(describe(
                        "are not NettyInternals", type -> !type.getSimpleName().equals("NettyInternals")))
                .and(describe(
                        "are not Slab, which holds the memory",
                        type -> !type.getSimpleName().equals("Slab")))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.netty.util.internal..")
                .check(CLASSES);
    }

    @Test
    void nothingPrintsSleepsOrReachesIntoTheJdk() {
        noClasses().should().accessField(System.class, "out").check(CLASSES);
        noClasses().should().accessField(System.class, "err").check(CLASSES);
        noClasses().should().callMethod(Thread.class, "sleep", long.class).check(CLASSES);
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("sun..", "jdk.internal..", "java.lang.reflect..")
                .check(CLASSES);
    }

    @Test
    void whatIsNotAbstractIsFinalOrSealed() {
        classes()
                .that()
                .resideInAPackage("io.forebay.netty..")
                .and()
                .areNotInterfaces()
                .and()
                .areNotAnonymousClasses()
                .and(describe("are not abstract", type -> !type.getModifiers().contains(ABSTRACT)))
                .and(describe("are not sealed", type -> !type.reflect().isSealed()))
                .should()
                .haveModifier(JavaModifier.FINAL)
                .check(CLASSES);
    }
}
