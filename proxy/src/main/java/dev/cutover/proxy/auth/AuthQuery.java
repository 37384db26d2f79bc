// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.auth;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.cutover.config.AuthConfig;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks verifiers up in a database, away from the event loops, and remembers them for a while: the unknown too. */
public final class AuthQuery {
    private static final Logger LOG = LoggerFactory.getLogger(AuthQuery.class);
    private static final int REMEMBERED = 10_000;

    private final String sql;
    private final DataSource database;
    private final Executor threads;
    private final AsyncCache<String, Optional<ScramVerifier>> cache;

    /** @param threads may block */
    public AuthQuery(AuthConfig.Query config, DataSource database, Executor threads) {
        // A question mark of the text itself, an operator, is written twice for JDBC.
        this.sql = config.sql().replace("?", "??").replaceAll("\\$1(?![0-9])", "?");
        this.database = database;
        this.threads = threads;
        this.cache = Caffeine.newBuilder()
                .maximumSize(REMEMBERED)
                .expireAfterWrite(config.cache())
                .buildAsync();
    }

    /** The role's verifier; empty if there is none. Fails if the database does not answer as it should. */
    CompletableFuture<Optional<ScramVerifier>> find(String user) {
        return cache.get(user, (name, ignored) -> CompletableFuture.supplyAsync(() -> read(name), threads));
    }

    /** The role's verifier may have changed: it is read again at the next login. */
    void forget(String user) {
        cache.synchronous().invalidate(user);
    }

    private Optional<ScramVerifier> read(String user) {
        try (Connection connection = database.getConnection();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 1; i <= statement.getParameterMetaData().getParameterCount(); i++) {
                statement.setString(i, user);
            }
            try (ResultSet rows = statement.executeQuery()) {
                return rows.next()
                        ? parse(user, rows.getString(rows.getMetaData().getColumnCount()))
                        : Optional.empty();
            }
        } catch (SQLException e) {
            LOG.warn("auth.query failed: sqlState={} reason={}", e.getSQLState(), firstLine(e));
            throw new CompletionException(e);
        }
    }

    private static Optional<ScramVerifier> parse(String user, String text) {
        try {
            return text == null ? Optional.empty() : Optional.of(ScramVerifier.parse(text));
        } catch (IllegalArgumentException e) {
            LOG.info("auth.query: not a SCRAM-SHA-256 verifier: user={}", user);
            return Optional.empty();
        }
    }

    private static String firstLine(SQLException e) {
        String message = String.valueOf(e.getMessage());
        int end = message.indexOf('\n');
        return end < 0 ? message : message.substring(0, end);
    }
}
