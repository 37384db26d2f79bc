// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The house: who may import whom, and how large a class may grow. {@code rooms.txt} lists each package with all that it imports,
 * from the ground up.
 */
class ArchitectureTest {
    private static final String HOUSE = "dev.cutover.";
    private static final int MOST_PARAMETERS = 7;
    private static final int MOST_COLLABORATORS = 12;

    /** Packages in which classes still know each other in a circle. */
    private static final Set<String> WITH_CIRCLES = Set.of("proxy.backend");

    /**
     * Who may ask the machine for the time. All others are given a clock, or the time, so that what they decide by it has tests in
     * memory.
     */
    private static final Set<String> ASK_FOR_THE_TIME = Set.of(
            // They measure what something takes, for metrics, logs or the next chunk's size.
            "cli.demo.DemoTimeline",
            "cli.demo.Workload",
            "dualwrite.backfill.Worker",
            "dualwrite.readcompare.ReadRows",
            "dualwrite.transform.Transform",
            "dualwrite.verify.Verifier",
            "proxy.backend.Waiter",
            "proxy.control.operation.OperationSlot",
            "proxy.control.tenant.Pace",
            "proxy.control.tenant.Tenant",
            "proxy.control.verb.FlipVerb",
            "proxy.session.BackendLease",
            // They note when something happened, for a reader.
            "cli.command.campaign.CampaignWatchCommand",
            "cli.command.inspect.WatchCommand",
            "dualwrite.mirror.Fallback",
            "proxy.client.replication.ReplicationStage",
            "proxy.control.fleet.OperationRequests",
            "proxy.control.snapshot.Snapshots",
            "proxy.session.SessionHandle",
            // It ends when the time that its caller names has come.
            "dualwrite.resync.Resync",
            // They pass the time of an event on to those that decide by it.
            "proxy.backend.BackendConnection",
            "proxy.backend.BackendConnector",
            "proxy.backend.BackendPools",
            "proxy.backend.BackendStartup",
            "proxy.backend.LoopPools",
            "proxy.backend.Pool",
            "proxy.backend.PoolerCheck",
            "proxy.backend.PreparedOnBackend",
            "proxy.backend.PrimarySearch",
            "proxy.control.fleet.Following",
            "proxy.control.verb.EndVerb",
            "proxy.control.verb.Preflight",
            "proxy.route.TenantRouting",
            "proxy.session.BackendPreparer");

    private static final Set<String> CLOCKS = Set.of("nanoTime", "currentTimeMillis");

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(ArchitectureTest::handWritten)
            .importPackages("dev.cutover");

    /** Not what a generator writes, nor the tests' jar, nor a benchmark in the package whose inside it measures. */
    private static boolean handWritten(Location location) {
        return !location.contains("jmh_generated")
                && !location.contains("/generated/")
                && !location.contains("-tests.jar")
                && !location.contains("benchmarks/target/classes/dev/cutover/proxy/");
    }

    @Test
    void aRoomImportsWhatItsLineLists() throws IOException {
        Map<String, Set<String>> imports = new TreeMap<>();
        for (JavaClass each : CLASSES) {
            Set<String> rooms = imports.computeIfAbsent(room(each), name -> new TreeSet<>());
            for (JavaClass target : targets(each)) {
                if (!room(target).equals(room(each))) {
                    rooms.add(room(target));
                }
            }
        }

        assertEquals(lines(new TreeMap<>(rooms())), lines(imports));
    }

    @Test
    void aRoomImportsOnlyRoomsBelowIt() throws IOException {
        List<String> order = List.copyOf(rooms().keySet());

        List<String> upward = rooms().entrySet().stream()
                .flatMap(room -> room.getValue().stream()
                        .filter(imported -> order.indexOf(imported) >= order.indexOf(room.getKey()))
                        .map(imported -> room.getKey() + " imports " + imported))
                .toList();

        assertEquals(List.of(), upward);
    }

    @Test
    void classesOfAPackageFormNoCircle() {
        Map<String, Map<String, Set<String>>> packages = new TreeMap<>();
        for (JavaClass each : CLASSES) {
            Set<String> known = packages.computeIfAbsent(room(each), name -> new TreeMap<>())
                    .computeIfAbsent(file(each), name -> new TreeSet<>());
            for (JavaClass target : targets(each)) {
                if (room(target).equals(room(each)) && !file(target).equals(file(each))) {
                    known.add(file(target));
                }
            }
        }
        Map<String, Set<String>> circles = new TreeMap<>();
        packages.forEach((name, graph) -> {
            Set<String> members = Circles.members(graph);
            if (members.isEmpty() == WITH_CIRCLES.contains(name)) {
                circles.put(name, members);
            }
        });

        assertEquals("", lines(circles));
    }

    @Test
    void aConstructorTakesFewParameters() {
        List<String> many = CLASSES.stream()
                .filter(each -> !each.isRecord() && !each.isEnum())
                .flatMap(each -> each.getConstructors().stream())
                .filter(each -> each.getRawParameterTypes().size() > MOST_PARAMETERS)
                .map(each -> each.getOwner().getName())
                .sorted()
                .toList();

        assertEquals(List.of(), many);
    }

    @Test
    void noFieldThatChangesIsOpenToOthers() {
        List<String> open = CLASSES.stream()
                .flatMap(each -> each.getFields().stream())
                .filter(ArchitectureTest::changesAndIsOpen)
                .map(JavaField::getFullName)
                .sorted()
                .toList();

        assertEquals(List.of(), open);
    }

    @Test
    void onlyListedClassesAskForTheTime() {
        Set<String> asking = CLASSES.stream()
                .filter(each -> !room(each).startsWith("benchmarks"))
                .filter(each -> each.getMethodCallsFromSelf().stream().anyMatch(ArchitectureTest::asksForTheTime))
                .map(each -> room(each) + "." + file(each))
                .collect(Collectors.toCollection(TreeSet::new));

        assertEquals(new TreeSet<>(ASK_FOR_THE_TIME), asking);
    }

    /** A reference such as {@code System::nanoTime} is a clock that is passed on, and no call. */
    private static boolean asksForTheTime(JavaMethodCall call) {
        JavaClass owner = call.getTargetOwner();
        boolean timed =
                owner.getPackageName().equals("java.time") && call.getName().equals("now");
        return owner.isEquivalentTo(System.class) && CLOCKS.contains(call.getName())
                || timed && call.getTarget().getRawParameterTypes().isEmpty();
    }

    private static boolean changesAndIsOpen(JavaField field) {
        Set<JavaModifier> modifiers = field.getModifiers();
        return !room(field.getOwner()).startsWith("benchmarks") // JMH's states are
                && !modifiers.contains(JavaModifier.PRIVATE)
                && !modifiers.contains(JavaModifier.FINAL)
                && !modifiers.contains(JavaModifier.SYNTHETIC);
    }

    @Test
    void aClassHoldsFewCollaborators() {
        Map<String, Set<String>> many = new TreeMap<>();
        for (JavaClass each : CLASSES) {
            Set<String> held = each.getFields().stream()
                    .filter(field -> !field.getModifiers().contains(JavaModifier.STATIC))
                    .flatMap(field -> field.getAllInvolvedRawTypes().stream())
                    .filter(type -> type.getName().startsWith(HOUSE) && !type.equals(each))
                    .map(JavaClass::getSimpleName)
                    .collect(Collectors.toCollection(TreeSet::new));
            if (held.size() > MOST_COLLABORATORS && !each.isRecord()) {
                many.put(each.getName(), held);
            }
        }

        assertEquals("", lines(many));
    }

    @Test
    void simpleNamesAreUnique() {
        Map<String, Set<String>> names = new TreeMap<>();
        for (JavaClass each : CLASSES) {
            if (each.isTopLevelClass() && !each.getSimpleName().equals("package-info")) {
                names.computeIfAbsent(each.getSimpleName(), name -> new TreeSet<>())
                        .add(each.getName());
            }
        }
        names.values().removeIf(classes -> classes.size() == 1);

        assertEquals("", lines(names));
    }

    @Test
    void librariesStayInTheirRooms() {
        onlyIn("io.netty..", "proxy..", "benchmarks..");
        onlyIn("org.apache.calcite..", "dualwrite.analyze.calcite..");
        onlyIn("liquibase..", "dualwrite.schema.liquibase..");
        onlyIn("org.flywaydb..", "dualwrite.schema.migration..", "dualwrite.database..", "proxy.control.store..");
        onlyIn("com.fasterxml.jackson.dataformat..", "config.yaml..");
        onlyIn("picocli..", "cli..");
    }

    @Test
    void analysisAndRewritingNeedNoDatabase() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "dev.cutover.config..",
                        "dev.cutover.dualwrite.analyze..",
                        "dev.cutover.dualwrite.mirror..",
                        "dev.cutover.cli.admin..",
                        "dev.cutover.cli.render..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.sql..", "javax.sql..", "org.postgresql..")
                .check(CLASSES);
    }

    private static void onlyIn(String library, String... rooms) {
        noClasses()
                .that()
                .resideOutsideOfPackages(
                        Stream.of(rooms).map(room -> HOUSE + room).toArray(String[]::new))
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library)
                .check(CLASSES);
    }

    private static List<JavaClass> targets(JavaClass from) {
        return from.getDirectDependenciesFromSelf().stream()
                .map(Dependency::getTargetClass)
                .map(type -> type.isArray() ? type.getBaseComponentType() : type)
                .filter(type -> type.getName().startsWith(HOUSE)
                        && !type.getPackageName().endsWith("generated"))
                .toList();
    }

    private static String room(JavaClass each) {
        return each.getPackageName().substring(HOUSE.length());
    }

    /** The top-level class: nested ones belong to the same file. */
    private static String file(JavaClass each) {
        JavaClass top = each;
        while (top.getEnclosingClass().isPresent()) {
            top = top.getEnclosingClass().get();
        }
        return top.getName().substring(top.getPackageName().length() + 1);
    }

    private static Map<String, Set<String>> rooms() throws IOException {
        try (InputStream file = Objects.requireNonNull(ArchitectureTest.class.getResourceAsStream("rooms.txt"))) {
            Map<String, Set<String>> rooms = new LinkedHashMap<>();
            new String(file.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .map(line -> line.split(":", 2))
                    .forEach(parts -> rooms.put(
                            parts[0],
                            Stream.of(parts[1].strip().split(" "))
                                    .filter(name -> !name.isEmpty())
                                    .collect(Collectors.toCollection(TreeSet::new))));
            return rooms;
        }
    }

    private static String lines(Map<String, Set<String>> map) {
        return map.entrySet().stream()
                .map(entry -> (entry.getKey() + ": " + String.join(" ", entry.getValue())).strip())
                .collect(Collectors.joining("\n"));
    }
}
