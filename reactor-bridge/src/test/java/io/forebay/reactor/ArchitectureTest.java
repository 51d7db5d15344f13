package io.forebay.reactor;

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
import reactor.core.publisher.Hooks;

class ArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.forebay.reactor");

    @Test
    void arrowsGoDownOnly() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.forebay.sample..", "io.netty.channel..", "io.netty.util.internal..")
                .check(CLASSES);
    }

    @Test
    void onlyTheListedTypesArePublic() {
        Set<String> published = CLASSES.stream()
                .filter(type -> type.isTopLevelClass() && type.getModifiers().contains(JavaModifier.PUBLIC))
                .map(JavaClass::getSimpleName)
                .collect(Collectors.toSet());
        assertThat(published)
                .containsExactlyInAnyOrder(
                        "AcquireTimeoutException",
                        "BudgetMetrics",
                        "ByteFiles",
                        "ByteFlux",
                        "ByteLimitExceededException",
                        "ByteStreams",
                        "Lease",
                        "LeaseScope",
                        "LeaseSink",
                        "LeaseSinks",
                        "Leases",
                        "ReactiveBufferPool",
                        "TruncatedFrameException");
    }

    @Test
    void nothingTouchesGlobalHooksPrintsSleepsOrBlocks() {
        noClasses().should().dependOnClassesThat().areAssignableTo(Hooks.class).check(CLASSES);
        noClasses().should().accessField(System.class, "out").check(CLASSES);
        noClasses().should().accessField(System.class, "err").check(CLASSES);
        noClasses().should().callMethod(Thread.class, "sleep", long.class).check(CLASSES);
    }

    @Test
    void micrometerIsNeededByTheClassOfItsNameOnly() {
        noClasses()
                .that()
                .doNotBelongToAnyOf(BudgetMetrics.class)
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.micrometer..")
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(BudgetMetrics.class)
                .check(CLASSES);
    }

    @Test
    void whatIsNotAbstractIsFinal() {
        classes()
                .that()
                .areNotInterfaces()
                .and()
                .areNotAnonymousClasses()
                .and(describe("are not abstract", type -> !type.getModifiers().contains(ABSTRACT)))
                .should()
                .haveModifier(JavaModifier.FINAL)
                .check(CLASSES);
    }
}
