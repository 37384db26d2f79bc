package dev.cutover.proxy.session;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** How the classes of a session may hang together. */
final class SessionClassesTest {
    private static final String PACKAGE = "dev.cutover.proxy.session";

    /** The stages of a client's connection still hand over to each other by class. */
    private static final Set<String> STAGES = Set.of("ClientHandler", "LoginStage", "ReplicationStage");

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(PACKAGE);

    @Test
    void noClassesFormACircle() {
        slices().assignedFrom(new TopLevelClasses()).should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void noFieldIsChangedFromOutsideItsClass() {
        fields().that()
                .areDeclaredInClassesThat()
                .resideInAPackage(PACKAGE)
                .and()
                .areNotFinal()
                .should()
                .bePrivate()
                .check(CLASSES);
    }

    private static final class TopLevelClasses implements SliceAssignment {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass each) {
            JavaClass top = each;
            while (top.getEnclosingClass().isPresent()) {
                top = top.getEnclosingClass().get();
            }
            return top.getPackageName().equals(PACKAGE) && !STAGES.contains(top.getSimpleName())
                    ? SliceIdentifier.of(top.getSimpleName())
                    : SliceIdentifier.ignore();
        }

        @Override
        public String getDescription() {
            return "classes of a session";
        }
    }
}
