// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.store;

import dev.cutover.config.time.Deadline;
import dev.cutover.dualwrite.database.Rows;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Asks the other proxies what their clients of a tenant hold, and answers for this one. With one proxy alone nothing is written.
 * Safe for use by many threads.
 */
public final class Surveys {
    /** Where a leader announces that it has asked. */
    public static final String CHANNEL = "cutover_survey";

    private final DataSource database;
    private final FleetMembership membership;
    private final Bell bell;

    Surveys(DataSource database, FleetMembership membership, Bell bell) {
        this.database = database;
        this.membership = membership;
        this.bell = bell;
    }

    /** A proxy and its answer, as JSON; null if it did not answer in time. */
    public record Answer(
            int proxy, String address, @Nullable String answer) {}

    /** A tenant that another proxy asks about. @param id of the survey */
    public record Question(String tenant, String id) {}

    /**
     * Asks all other live proxies and waits for their answers.
     *
     * @return one for each of them; a proxy that dies meanwhile is left out
     */
    public List<Answer> ask(String tenant, Duration patience) throws SQLException, InterruptedException {
        String id = UUID.randomUUID().toString();
        if (announce(tenant, id) == 0) {
            return List.of();
        }
        try {
            Deadline deadline = Deadline.after(patience);
            while (true) {
                long heard = bell.heard();
                List<Answer> answers = answers(tenant, id);
                if (answers.stream().noneMatch(each -> each.answer() == null) || deadline.passed()) {
                    return answers;
                }
                bell.await(heard);
            }
        } finally {
            query("DELETE FROM cutover.survey WHERE tenant = ? AND id = ? RETURNING proxy", tenant, id);
        }
    }

    private int announce(String tenant, String id) throws SQLException {
        return query(
                        "WITH asked AS (INSERT INTO cutover.survey (tenant, proxy, id)"
                                + " SELECT ?, p.id, ? FROM cutover.awaited_proxy p WHERE p.id <> ?"
                                + " ON CONFLICT (tenant, proxy) DO UPDATE SET id = excluded.id, answer = NULL RETURNING tenant)"
                                + " SELECT pg_notify('" + CHANNEL + "', tenant) FROM asked",
                        tenant,
                        id,
                        membership.id())
                .size();
    }

    private List<Answer> answers(String tenant, String id) throws SQLException {
        try (Connection connection = database.getConnection()) {
            return Rows.query(
                    connection,
                    "SELECT p.number, p.address, s.answer FROM cutover.survey s JOIN cutover.awaited_proxy p ON p.id = s.proxy"
                            + " WHERE s.tenant = ? AND s.id = ? ORDER BY p.number",
                    row -> new Answer(row.getInt(1), row.getString(2), row.getString(3)),
                    tenant,
                    id);
        }
    }

    /** What others wait to hear from this proxy. Announcements may be lost. */
    public List<Question> unanswered() throws SQLException {
        try (Connection connection = database.getConnection()) {
            return Rows.query(
                    connection,
                    "SELECT tenant, id FROM cutover.survey WHERE proxy = ? AND answer IS NULL",
                    row -> new Question(row.getString(1), row.getString(2)),
                    membership.id());
        }
    }

    /** Answers for this proxy. @param answer JSON */
    public void answer(Question question, String answer) throws SQLException {
        query(
                "WITH said AS (UPDATE cutover.survey SET answer = ? WHERE tenant = ? AND id = ? AND proxy = ? RETURNING tenant)"
                        + " SELECT pg_notify('" + Bell.CHANNEL + "', tenant) FROM said",
                answer,
                question.tenant(),
                question.id(),
                membership.id());
    }

    private List<String> query(String sql, String... parameters) throws SQLException {
        try (Connection connection = database.getConnection()) {
            return Rows.query(connection, sql, row -> Objects.requireNonNullElse(row.getString(1), ""), parameters);
        }
    }
}
