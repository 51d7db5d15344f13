package io.forebay.pool;

import static com.tngtech.archunit.core.domain.JavaModifier.ABSTRACT;
import static com.tngtech.archunit.core.domain.JavaModifier.FINAL;
import static com.tngtech.archunit.core.domain.JavaModifier.PUBLIC;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What the module may depend on and show. */
class ArchitectureTest {
    private static final Set<String> PUBLIC_TYPES = Set.of(
            "BudgetAccount",
            "BudgetDeadlockException",
            "BudgetExceededException",
            "BudgetListener",
            "BudgetStats",
            "BudgetWaiter",
            "FailureListener",
            "MemoryBudget",
            "Pool",
            "PoolBuilder",
            "PoolStats",
            "ReclaimClock",
            "Slot");

    /** Superclasses only for the order of fields in memory. */
    private static final String LAYOUTS =
            ".*(SlotPadBefore|SlotOwned|SlotPadAfter|SlotLayout|RingLayout.*|BudgetLayout.*)";

    private static final JavaClasses MAIN = new ClassFileImporter()
            .importUrl(Pool.class.getProtectionDomain().getCodeSource().getLocation());

    @Test
    void itDependsOnTheJdkAndOnTheNullAnnotationsOnly() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("io.forebay.pool", "java..", "javax.management..", "org.jspecify.annotations")
                .check(MAIN);
    }

    @Test
    void itUsesNothingInternalAndNoUnsafe() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("sun..", "jdk.internal..", "com.sun..")
                .orShould()
                .dependOnClassesThat()
                .resideInAnyPackage("java.lang.reflect")
                .check(MAIN);
    }

    @Test
    void itNeitherPrintsNorSleeps() {
        noClasses()
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .orShould()
                .callMethod(Thread.class, "sleep", long.class)
                .orShould()
                .callMethod(Throwable.class, "printStackTrace")
                .check(MAIN);
    }

    @Test
    void itReadsNoSystemProperty() {
        noClasses()
                .should()
                .callMethod(System.class, "getProperty", String.class)
                .orShould()
                .callMethod(Boolean.class, "getBoolean", String.class)
                .orShould()
                .callMethod(Integer.class, "getInteger", String.class)
                .orShould()
                .callMethod(Long.class, "getLong", String.class)
                .check(MAIN);
    }

    @Test
    void concreteClassesAreFinal() {
        classes()
                .that()
                .areNotInterfaces()
                .and()
                .doNotHaveModifier(ABSTRACT)
                .and()
                .haveNameNotMatching(LAYOUTS)
                .and()
                .doNotHaveSimpleName("package-info")
                .and()
                .areNotEnums()
                .should()
                .haveModifier(FINAL)
                .check(MAIN);
    }

    @Test
    void thePublicTypesAreTheseAndNoOthers() {
        assertThat(MAIN.stream()
                        .filter(type -> type.getModifiers().contains(PUBLIC))
                        .map(JavaClass::getSimpleName))
                .containsExactlyInAnyOrderElementsOf(PUBLIC_TYPES);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("io.forebay.(**)")
                .should()
                .beFreeOfCycles()
                .allowEmptyShould(true)
                .check(MAIN);
    }
}
