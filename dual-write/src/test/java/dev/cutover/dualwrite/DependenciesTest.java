package dev.cutover.dualwrite;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** Who may import what in this module. */
class DependenciesTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.cutover.dualwrite");

    @Test
    void calciteStaysInItsPackage() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.cutover.dualwrite.analyze.calcite..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.apache.calcite..", "dev.cutover.dualwrite.analyze.calcite.generated..")
                .check(CLASSES);
    }

    @Test
    void liquibaseStaysInItsProcess() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.cutover.dualwrite.schema.liquibase..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("liquibase..")
                .check(CLASSES);
    }

    @Test
    void analysisKnowsNothingOfWhatUsesIt() {
        noClasses()
                .that()
                .resideInAPackage("dev.cutover.dualwrite.analyze..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.cutover.config..", "dev.cutover.dualwrite.rewrite..", "java.sql..")
                .check(CLASSES);
    }

    @Test
    void rewritingNeedsNoDatabase() {
        noClasses()
                .that()
                .resideInAPackage("dev.cutover.dualwrite.rewrite..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "java.sql..", "javax.sql..", "dev.cutover.dualwrite.net..", "dev.cutover.dualwrite.plan..")
                .check(CLASSES);
    }

    @Test
    void nettyIsTheProxys() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.netty..")
                .check(CLASSES);
    }

    @Test
    void theModulesAboveAreUnknown() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.cutover.proxy..", "dev.cutover.cli..", "dev.cutover.benchmarks..")
                .check(CLASSES);
    }

    @Test
    void noPackagesFormACircle() {
        slices().matching("dev.cutover.dualwrite.(*)..")
                .should()
                .beFreeOfCycles()
                .check(CLASSES);
    }
}
