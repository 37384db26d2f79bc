// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.ChangedResults;
import dev.cutover.config.PoolMode;
import dev.cutover.config.SessionPolicy;
import dev.cutover.proxy.route.TenantRouting;
import dev.cutover.proxy.route.TenantSession;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each case of the scripts beside this class. A line begins with who acts:
 *
 * <pre>
 * client     sends these messages, in one write
 * server     has received these messages since the last such line; {@code cancel} and {@code closed} among them
 * answers    the server sends these, in one write
 * receives   the client has received these since the last such line; {@code closed} at the end
 * leaves     the client closes its connection
 * cancels    the client sends a CancelRequest
 * cuts       the server closes the connection
 * connects   another client logs in, with these settings in its startup message: {@code name value | name value}
 * refuses-logins  the server refuses each new connection
 * flips      the route goes to the other side
 * features   the tenant has these features, and no others: {@code name on | name off}
 * closes     the gate closes, as before a flip
 * opens      the gate opens
 * operator-cancels  an operator cancels what each session runs
 * removes    the tenant is no longer served
 * session-mode, restarts  the tenant's policy: pool-mode session, changed-results restart
 * mirrors    {@code shape text => text}: the first text is mirrored by the second; its reply is tag_only, rows or count_row
 * marks      {@code shape text => text}: what the first text becomes where it only marks
 * refuses    {@code sqlstate text => message}: the text is not let through
 * fallback   these tables are in fallback
 * holds      at the end, this many transactions are counted at the gate ({@code holds2}: two; without the step none)
 * </pre>
 *
 * A digit behind the verb names another client ({@code client2}, {@code receives2}, {@code connects2}) or another connection of the
 * server ({@code server2}, {@code answers2}). Connections are numbered in the order of their logins.
 *
 * <p>The first client has run one transaction before the case begins, so its first statement finds connection 1 prepared. Every other
 * client's first transaction prepares its connection, and the script sees that. The server answers the proxy's questions to a new
 * connection and its question for user code itself. At the end of a case neither side has anything that the script does not name.
 */
final class SessionScriptTest {
    /** {@code verb[number] rest} */
    private static final Pattern STEP = Pattern.compile("([a-z-]+)(\\d*)(.*)");

    private static final SessionPolicy POLICY_SESSION = policy(PoolMode.SESSION, ChangedResults.ERROR);
    private static final SessionPolicy POLICY_RESTART = policy(PoolMode.TRANSACTION, ChangedResults.RESTART);

    record Case(String name, List<String> steps) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> cases() throws IOException, URISyntaxException {
        Path folder = Path.of(Objects.requireNonNull(SessionScriptTest.class.getResource("simple-query.txt"))
                        .toURI())
                .getParent();
        List<Case> cases = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.sorted().toList()) {
                if (file.toString().endsWith(".txt")) {
                    cases.addAll(parse(file));
                }
            }
        }
        return cases.stream();
    }

    private static List<Case> parse(Path file) throws IOException {
        List<Case> cases = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            if (line.startsWith("# ")) {
                cases.add(new Case(file.getFileName() + ": " + line.substring(2), new ArrayList<>()));
            } else if (!line.isBlank()) {
                cases.get(cases.size() - 1).steps().add(line);
            }
        }
        return cases;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void eachSideGetsWhatTheScriptSays(Case each) throws Exception {
        ScriptPlanner planner = new ScriptPlanner();
        try (SessionHarness harness = new SessionHarness(planner)) {
            Map<Integer, ScriptedClient> clients = new TreeMap<>();
            clients.put(1, harness.login());
            int holds = 0;
            for (String step : each.steps()) {
                Matcher line = STEP.matcher(step);
                assertTrue(line.matches(), step);
                int number = line.group(2).isEmpty() ? 1 : Integer.parseInt(line.group(2));
                String rest = line.group(3).strip();
                if (line.group(1).equals("connects")) {
                    clients.put(number, harness.connect(settings(rest)));
                } else if (line.group(1).equals("holds")) {
                    holds = number;
                } else if (!run(line.group(1), rest, clients.get(number))
                        && !run(line.group(1), rest, harness, number)) {
                    run(line.group(1), rest, harness, planner);
                }
                harness.settle();
            }
            assertEquals(List.of(), harness.server().received(), "the server got more");
            for (ScriptedClient client : clients.values()) {
                assertEquals(List.of(), client.received(), "a client got more");
            }
            assertEquals(holds, harness.gate().inFlight(), "transactions at the gate");
            assertTrue(harness.server().logins() > 0);
        }
    }

    /** What a client does. @return whether it was that */
    private static boolean run(String verb, String rest, ScriptedClient client) throws InterruptedException {
        switch (verb) {
            case "client" -> client.send(Notation.messages(rest));
            case "receives" -> assertEquals(Notation.messages(rest), client.received(), "receives " + rest);
            case "leaves" -> client.close();
            case "cancels" -> client.cancel();
            default -> {
                return false;
            }
        }
        return true;
    }

    /** What a connection of the server does. @return whether it was that */
    private static boolean run(String verb, String rest, SessionHarness harness, int connection) {
        switch (verb) {
            case "server" ->
                assertEquals(Notation.messages(rest), harness.server().received(connection), "server " + rest);
            case "answers" -> harness.server().send(connection, Notation.messages(rest));
            case "cuts" -> harness.server().cut(connection);
            case "refuses-logins" -> harness.server().refuseLogins();
            default -> {
                return false;
            }
        }
        return true;
    }

    /** What happens around them. */
    private static void run(String verb, String rest, SessionHarness harness, ScriptPlanner planner) {
        TenantRouting routing = harness.routing();
        switch (verb) {
            case "flips" -> harness.flip();
            case "closes" -> harness.gate().close();
            case "features" -> harness.features(settings(rest));
            case "opens" -> harness.gate().open();
            case "operator-cancels" -> routing.sessions().forEach(TenantSession::cancelRunning);
            case "removes" -> routing.remove();
            case "session-mode" -> routing.policy(POLICY_SESSION);
            case "restarts" -> routing.policy(POLICY_RESTART);
            case "mirrors" -> planner.mirrors(rest);
            case "marks" -> planner.marks(rest);
            case "refuses" -> planner.refuses(rest);
            case "fallback" -> assertEquals(Notation.messages(rest), List.copyOf(planner.fallenBack()), "fallback");
            default -> throw new IllegalArgumentException("no step: " + verb);
        }
    }

    private static SessionPolicy policy(PoolMode mode, ChangedResults changed) {
        SessionPolicy usual = SessionPolicy.DEFAULT;
        return new SessionPolicy(0, mode, null, usual.replication(), usual.pinned(), usual.sharesRolesWith(), changed);
    }

    private static Map<String, String> settings(String text) {
        Map<String, String> settings = new TreeMap<>();
        for (String setting : Notation.messages(text)) {
            String[] parts = setting.split(" ", 2);
            settings.put(parts[0], parts[1]);
        }
        return settings;
    }
}
