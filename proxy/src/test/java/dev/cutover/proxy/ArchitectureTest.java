package dev.cutover.proxy;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Imports run one way: listen, session, then gate, route, backend, reply and auth, then wire. */
final class ArchitectureTest {
    private static final String ROOT = "dev.cutover.proxy.";
    private static final List<String> PACKAGES = List.of(
            "listen",
            "session",
            "gate",
            "route",
            "backend",
            "reply",
            "auth",
            "wire",
            "metrics",
            "control",
            "embedded",
            "admin");

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.cutover.proxy");

    @ParameterizedTest
    @CsvSource({
        "wire, ''",
        "gate, ''",
        "metrics, ''",
        "route, gate",
        "reply, wire",
        "auth, wire",
        "backend, auth wire metrics",
        "session, gate route backend reply auth wire metrics",
        "admin, session route backend metrics wire",
        "listen, session route backend auth wire metrics",
    })
    void aPackageImportsOnlyWhatLiesBehindIt(String from, String allowed) {
        List<String> behind = List.of(allowed.split(" "));
        String[] forbidden = PACKAGES.stream()
                .filter(each -> !each.equals(from) && !behind.contains(each))
                .map(each -> ROOT + each + "..")
                .toArray(String[]::new);
        noClasses()
                .that()
                .resideInAPackage(ROOT + from + "..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(forbidden)
                .check(CLASSES);
    }

    @ParameterizedTest
    @CsvSource({"session", "listen", "wire", "reply", "auth", "admin"})
    void controlKnowsOnlyGateRouteAndBackend(String forbidden) {
        noClasses()
                .that()
                .resideInAPackage(ROOT + "control..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(ROOT + forbidden + "..")
                .allowEmptyShould(true)
                .check(CLASSES);
    }
}
