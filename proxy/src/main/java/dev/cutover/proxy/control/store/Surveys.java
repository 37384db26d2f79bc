// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.store;

import dev.cutover.config.text.OneLine;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the other proxies what their clients of a tenant hold, and answers for this one. With one proxy alone nothing is written.
 * Safe for use by many threads.
 */
public final class Surveys {
    private static final Logger LOG = LoggerFactory.getLogger(Surveys.class);

    /** Where a leader announces that it has asked. */
    public static final String CHANNEL = "cutover_survey";

    private static final String FORGET_AFTER = "1 minute";

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

    /** What another proxy asks. @param whole false for the sessions alone */
    public record Question(String id, String tenant, boolean whole) {}

    /** How many live proxies have not been asked, and how many have not answered. */
    private record Missing(int unasked, int unanswered) {}

    /** Asks all other live proxies. @param whole false for the sessions alone */
    public Survey begin(String tenant, boolean whole) throws SQLException {
        Question question = new Question(UUID.randomUUID().toString(), tenant, whole);
        announce(question);
        return new Survey(question);
    }

    /** What was asked. When it is closed, the answers leave the control database. */
    public final class Survey implements AutoCloseable {
        private final Question question;

        private Survey(Question question) {
            this.question = question;
        }

        /**
         * Waits for the answers.
         *
         * @return one for each live proxy. One that joins meanwhile is asked too; one that dies is left out
         */
        public List<Answer> await(Duration patience) throws SQLException, InterruptedException {
            Deadline deadline = Deadline.after(patience);
            while (true) {
                long heard = bell.heard();
                Missing missing = missing(question);
                if (missing.unanswered() == 0 || deadline.passed()) {
                    return answers(question);
                }
                if (missing.unasked() > 0) {
                    announce(question);
                }
                bell.await(heard);
            }
        }

        @Override
        public void close() {
            try {
                query("DELETE FROM cutover.survey WHERE id = ? RETURNING proxy", question.id());
            } catch (SQLException e) {
                LOG.info("answers stay in the control database for {} reason={}", FORGET_AFTER, OneLine.of(e));
            }
        }
    }

    private void announce(Question question) throws SQLException {
        query(
                "WITH asked AS (INSERT INTO cutover.survey (id, proxy, tenant, whole)"
                        + " SELECT ?, p.id, ?, ?::boolean FROM cutover.awaited_proxy p WHERE p.id <> ?"
                        + " ON CONFLICT DO NOTHING RETURNING tenant)"
                        + " SELECT pg_notify('" + CHANNEL + "', tenant) FROM asked",
                question.id(),
                question.tenant(),
                Boolean.toString(question.whole()),
                membership.id());
    }

    private static String others(String columns) {
        return "SELECT " + columns + " FROM cutover.awaited_proxy p"
                + " LEFT JOIN cutover.survey s ON s.proxy = p.id AND s.id = ? WHERE p.id <> ?";
    }

    private Missing missing(Question question) throws SQLException {
        try (Connection connection = database.getConnection()) {
            return Rows.query(
                            connection,
                            others("count(*) FILTER (WHERE s.id IS NULL), count(*) FILTER (WHERE s.answer IS NULL)"),
                            row -> new Missing(row.getInt(1), row.getInt(2)),
                            question.id(),
                            membership.id())
                    .get(0);
        }
    }

    private List<Answer> answers(Question question) throws SQLException {
        try (Connection connection = database.getConnection()) {
            return Rows.query(
                    connection,
                    others("p.number, p.address, s.answer") + " ORDER BY p.number",
                    row -> new Answer(row.getInt(1), row.getString(2), row.getString(3)),
                    question.id(),
                    membership.id());
        }
    }

    /** What others wait to hear from this proxy. Announcements may be lost. */
    public List<Question> unanswered() throws SQLException {
        try (Connection connection = database.getConnection()) {
            return Rows.query(
                    connection,
                    "SELECT id, tenant, whole FROM cutover.survey WHERE proxy = ? AND answer IS NULL",
                    row -> new Question(row.getString(1), row.getString(2), row.getBoolean(3)),
                    membership.id());
        }
    }

    /** Answers for this proxy. @param answer JSON */
    public void answer(Question question, String answer) throws SQLException {
        query(
                "WITH said AS (UPDATE cutover.survey SET answer = ? WHERE id = ? AND proxy = ? RETURNING tenant)"
                        + " SELECT pg_notify('" + Bell.CHANNEL + "', tenant) FROM said",
                answer,
                question.id(),
                membership.id());
    }

    /** Deletes what the askers have left. */
    public void forget() throws SQLException {
        query("DELETE FROM cutover.survey WHERE asked_at < now() - interval '" + FORGET_AFTER + "' RETURNING proxy");
    }

    private void query(String sql, String... parameters) throws SQLException {
        try (Connection connection = database.getConnection()) {
            Rows.query(connection, sql, row -> Objects.requireNonNullElse(row.getString(1), ""), parameters);
        }
    }
}
