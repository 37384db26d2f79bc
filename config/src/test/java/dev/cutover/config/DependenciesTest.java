package dev.cutover.config;

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
            .importPackages("dev.cutover.config");

    @Test
    void theRuntimeIsUnknown() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.netty..",
                        "org.apache.calcite..",
                        "java.sql..",
                        "javax.sql..",
                        "com.zaxxer..",
                        "org.postgresql..",
                        "dev.cutover.dualwrite..",
                        "dev.cutover.proxy..",
                        "dev.cutover.cli..",
                        "dev.cutover.benchmarks..")
                .check(CLASSES);
    }

    @Test
    void theRecordsDoNotKnowTheirLoader() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.cutover.config.yaml..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.cutover.config.yaml..", "com.fasterxml.jackson.dataformat..")
                .check(CLASSES);
    }

    @Test
    void noPackagesFormACircle() {
        slices().matching("dev.cutover.(config..)").should().beFreeOfCycles().check(CLASSES);
    }
}
