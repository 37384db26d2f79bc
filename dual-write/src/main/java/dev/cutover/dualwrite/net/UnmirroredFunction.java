// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.net;

import dev.cutover.dualwrite.database.TransitionSchema;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * The function that the nets of all tenants of a {@link TransitionSchema} ask whether a change is mirrored. Made with that schema;
 * here it is looked at, and made again if somebody has changed it.
 */
public final class UnmirroredFunction {
    /** Without the schema. */
    public static final String BARE_NAME = "unmirrored";

    private static final String FILE = "/dev/cutover/dualwrite/sql/V10__a_nested_change_is_not_mirrored.sql";
    private static final String TEXT = text();

    private final TransitionSchema transition;
    private final String definition;

    UnmirroredFunction(TransitionSchema transition) {
        this.transition = transition;
        this.definition = transition.adapt(TEXT);
    }

    /** What the function does, as {@code pg_proc.prosrc} has it; the same in every schema. */
    public static String body() {
        int begin = TEXT.indexOf("$$") + 2;
        return TEXT.substring(begin, TEXT.indexOf("$$", begin));
    }

    String name() {
        return transition.table(BARE_NAME);
    }

    String signature() {
        return name() + "(text)";
    }

    boolean intact(Connection connection) throws SQLException {
        String sql = "SELECT FROM pg_proc WHERE oid = to_regprocedure(?) AND prosrc = ?";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, signature());
            statement.setString(2, body());
            try (ResultSet rows = statement.executeQuery()) {
                return rows.next();
            }
        }
    }

    void make(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(definition);
        }
    }

    private static String text() {
        try (InputStream file = UnmirroredFunction.class.getResourceAsStream(FILE)) {
            if (file == null) {
                throw new IllegalStateException("not in the class path: " + FILE);
            }
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
