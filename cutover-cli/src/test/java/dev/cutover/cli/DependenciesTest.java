package dev.cutover.cli;

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
            .importPackages("dev.cutover.cli");

    @Test
    void theProxyIsMetOnlyInTheControlRecords() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "dev.cutover.proxy..",
                        "dev.cutover.dualwrite..",
                        "dev.cutover.benchmarks..",
                        "io.netty..",
                        "org.apache.calcite..")
                .check(CLASSES);
    }

    @Test
    void onlyTheDemoTouchesADatabase() {
        noClasses()
                .that()
                .resideInAnyPackage("dev.cutover.cli.admin..", "dev.cutover.cli.render..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.sql..", "org.postgresql..")
                .check(CLASSES);
    }

    @Test
    void noPackagesFormACircle() {
        slices().matching("dev.cutover.cli.(*)..").should().beFreeOfCycles().check(CLASSES);
    }
}
