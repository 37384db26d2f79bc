package dev.cutover.proxy;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Who may import what in this module: along the way of the bytes, and never back. */
class DependenciesTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.cutover.proxy");

    @Test
    void wireKnowsOnlyBytes() {
        mayNotUse("wire", "listen", "session", "auth", "gate", "route", "backend", "reply", "control", "metrics");
    }

    @Test
    void theGateKnowsNobody() {
        mayNotUse("gate", "wire", "listen", "session", "auth", "route", "backend", "reply", "control", "metrics");
    }

    @Test
    void backendSpeaksUpwardOnlyThroughItsListener() {
        mayNotUse("backend", "session", "control", "listen");
    }

    @Test
    void repliesAndRoutesAreBelowTheSession() {
        mayNotUse("reply", "session", "control", "listen");
        mayNotUse("route", "session", "control", "listen", "backend", "reply");
    }

    @Test
    void sessionsDoNotKnowTheControlPlane() {
        mayNotUse("session", "control", "listen", "admin");
    }

    @Test
    void theAdminDatabaseDoesNotKnowTheControlPlane() {
        mayNotUse("admin", "control", "listen", "auth", "gate", "reply");
    }

    @Test
    void theControlPlaneDoesNotKnowSessions() {
        mayNotUse("control", "session", "listen", "wire", "reply", "auth");
    }

    @Test
    void embeddedServersStandAlone() {
        mayNotUse("embedded", "wire", "listen", "session", "auth", "gate", "route", "backend", "reply", "control");
    }

    @Test
    void onlyTheRootPackageAssembles() {
        noClasses()
                .that()
                .resideInAPackage("dev.cutover.proxy.*..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.cutover.proxy")
                .check(CLASSES);
    }

    @Test
    void theCommandIsAbove() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.cutover.cli..", "dev.cutover.benchmarks..")
                .check(CLASSES);
    }

    @Test
    void calciteIsHiddenByAnalysis() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.apache.calcite..", "dev.cutover.dualwrite.analyze.calcite..")
                .check(CLASSES);
    }

    @Test
    void noPackagesFormACircle() {
        slices().matching("dev.cutover.proxy.(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    private static void mayNotUse(String from, String... others) {
        noClasses()
                .that()
                .resideInAPackage("dev.cutover.proxy." + from + "..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(Stream.of(others)
                        .map(other -> "dev.cutover.proxy." + other + "..")
                        .toArray(String[]::new))
                .check(CLASSES);
    }
}
