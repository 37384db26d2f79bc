// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.config.Phase;
import dev.cutover.config.Side;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.TenantStatus;
import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.proxy.lifecycle.ProxyProcess;
import dev.cutover.proxy.testing.CutLine;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The control database does what it is asked, and its answer is lost. What it holds then is what holds. */
@ExtendWith(PostgresExtension.class)
@Tag("slow")
class LostAnswersIT {
    private static final String TABLES = """
            CREATE SCHEMA v1; CREATE SCHEMA v2;
            CREATE TABLE v1.t (id int PRIMARY KEY, parent int REFERENCES v1.t, n int NOT NULL DEFAULT 0);
            CREATE TABLE v2.t (id int PRIMARY KEY, parent int REFERENCES v2.t, n int NOT NULL DEFAULT 0);
            INSERT INTO v1.t (id) VALUES (1);
            """;

    @TempDir
    private Path directory;

    private TestDatabase app;
    private TestDatabase control;
    private CutLine line;
    private ProxyProcess proxy;

    @BeforeEach
    void begin(TestDatabase app, TestDatabase control) throws Exception {
        this.app = app;
        this.control = control;
        app.execute(TABLES);
        line = new CutLine(control.server().port());
        Files.writeString(directory.resolve("cutover.yaml"), yaml());
        proxy = ProxyProcess.start(directory.resolve("cutover.yaml"));
    }

    @AfterEach
    void end() throws Exception {
        proxy.kill();
        line.close();
    }

    @Test
    void aFlipThatWasRecordedHasHappened() throws Exception {
        run("prepare", "mirror", "backfill", "verify");
        Operation flip = proxy.await(cutAt("REVERSIBLE", "flip"));
        assertEquals(Operation.State.FAILED, flip.state());
        CompletableFuture<Void> held = CompletableFuture.runAsync(this::write);

        line.mend();
        TenantStatus status = awaitRest();
        held.join();

        assertEquals(Phase.REVERSIBLE, status.phase());
        assertEquals(Side.GREEN, status.serving());
        assertEquals(List.of("GREEN"), control.query("SELECT serving FROM cutover.tenant"));
        assertEquals(List.of("1"), app.query("SELECT n FROM v2.t"));
        assertEquals(List.of("1"), app.query("SELECT n FROM v1.t"));
        run("verify", "rollback", "verify", "flip", "complete");
    }

    @Test
    void aFlipThatHasOnlyBegunIsUndone() throws Exception {
        run("prepare", "mirror", "backfill", "verify");
        cutAt("SWITCHING", "flip");

        line.mend();

        assertEquals(Phase.READY, awaitRest().phase());
        run("flip", "complete");
    }

    @Test
    void aFlipThatCouldNotBeRecordedIsUndoneToTheLastProof() throws Exception {
        run("prepare", "mirror", "backfill", "verify");
        line.cutBefore("REVERSIBLE");
        proxy.start("flip");
        awaitCut();
        line.mend();

        assertEquals(Phase.READY, awaitRest().phase());

        assertEquals(
                List.of("v1.t true"),
                app.query("SELECT conrelid::regclass || ' ' || convalidated FROM pg_constraint WHERE contype = 'f'"));
        write();
        run("verify", "flip", "complete");
        assertEquals(List.of("1"), app.query("SELECT n FROM v2.t"));
    }

    @Test
    void mirroringThatWasRecordedHasBegun() throws Exception {
        run("prepare");
        cutAt("MIRRORING", "mirror");

        line.mend();

        assertEquals(Phase.MIRRORING, awaitRest().phase());
        write();
        assertEquals(List.of("1"), app.query("SELECT n FROM v2.t"));
        run("backfill", "verify", "flip");
    }

    @Test
    void anEndThatWasRecordedIsTheEnd() throws Exception {
        run("prepare", "mirror", "backfill", "verify", "flip");
        cutAt("CLEANUP", "complete");
        write();

        line.mend();

        assertEquals(Phase.STEADY, awaitRest().phase());
        assertEquals(List.of(), app.query("SELECT tgname FROM pg_trigger WHERE tgname LIKE 'cutover%'"));
        assertEquals(List.of("1"), app.query("SELECT n FROM v2.t"));
    }

    @Test
    void theLeaseIsRenewedAfterTheControlDatabaseWasAway() throws Exception {
        cutAt("PREPARED", "prepare");
        line.mend();
        awaitRest();

        run("mirror");

        assertEquals(List.of("1"), control.query("SELECT count(*) FROM cutover.live_proxy"));
        assertEquals(
                List.of("t"), control.query("SELECT leader = (SELECT id FROM cutover.live_proxy) FROM cutover.tenant"));
    }

    @Test
    void aForeignKeyThatNobodyHasProvedIsProvedAfterARestart() throws Exception {
        run("prepare", "mirror", "backfill", "verify", "flip");
        proxy.kill();
        // As the flip leaves it that was killed right after it had recorded the new route.
        app.execute("ALTER TABLE v2.t DROP CONSTRAINT t_parent_fkey;"
                + " ALTER TABLE v2.t ADD CONSTRAINT t_parent_fkey FOREIGN KEY (parent) REFERENCES v2.t NOT VALID");
        control.execute("UPDATE cutover.tenant SET pending_work = 'VALIDATION'");

        proxy = ProxyProcess.start(directory.resolve("cutover.yaml"));

        awaitRest();
        assertEquals(List.of("t"), app.query("SELECT convalidated FROM pg_constraint WHERE conname = 't_parent_fkey'"));
        assertEquals(
                List.of(), control.query("SELECT pending_work FROM cutover.tenant WHERE pending_work IS NOT NULL"));
    }

    private void run(String... verbs) throws Exception {
        for (String verb : verbs) {
            Operation operation = proxy.run(verb);
            assertEquals(
                    Operation.State.SUCCEEDED,
                    operation.state(),
                    () -> verb + ": " + operation.message() + operation.findings());
        }
    }

    /** Runs a verb whose request with this text is the last one that the control database answers. */
    private Operation cutAt(String text, String verb) throws Exception {
        line.cutAt(text);
        Operation started = proxy.start(verb);
        awaitCut();
        return started;
    }

    private void awaitCut() throws Exception {
        Eventually.until("the line to the control database is cut", Duration.ofMinutes(1), () -> line.isCut());
    }

    private TenantStatus awaitRest() throws Exception {
        AtomicReference<TenantStatus> last = new AtomicReference<>();
        Eventually.until("acme at rest and without marks", Duration.ofMinutes(1), () -> {
            TenantStatus status = proxy.status();
            last.set(status);
            return status.running() == null
                    && status.phase() != Phase.SWITCHING
                    && status.marks().pending() == 0;
        });
        return last.get();
    }

    private void write() {
        try (Connection client = DriverManager.getConnection(
                        "jdbc:postgresql://127.0.0.1:" + proxy.port() + "/acme",
                        app.server().user(),
                        app.server().password());
                Statement statement = client.createStatement()) {
            statement.executeUpdate("UPDATE t SET n = n + 1 WHERE id = 1");
        } catch (SQLException e) {
            throw new CompletionException(e);
        }
    }

    private String yaml() {
        String login = "user: " + app.server().user()
                + (app.server().password().isEmpty()
                        ? ""
                        : ", password: \"" + app.server().password() + "\"");
        return """
                listen: {host: 127.0.0.1, port: 0}
                admin: {host: 127.0.0.1, port: 0, token: %s}
                control: {url: "jdbc:postgresql://127.0.0.1:%d/%s", %s}
                auth: {method: trust}
                clusters:
                  main: {host: "%s", port: %d}
                tenants:
                  acme:
                    blue: {cluster: main, database: %s, schema: v1}
                    green: {cluster: main, database: %s, schema: v2}
                    maintenance: {%s}
                """.formatted(
                        ProxyProcess.TOKEN,
                        line.port(),
                        control.name(),
                        login,
                        app.server().host(),
                        app.server().port(),
                        app.name(),
                        app.name(),
                        login);
    }
}
