package dev.cutover.dualwrite.net;

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
 * The function that the nets of all tenants of a database ask whether a change is mirrored. Made with the schema {@code cutover};
 * here it is looked at, and made anew if somebody has changed it.
 */
final class UnmirroredFunction {
    static final String NAME = "cutover.unmirrored";
    static final String SIGNATURE = NAME + "(text)";

    private static final String FILE = "/dev/cutover/dualwrite/sql/V10__a_nested_change_is_not_mirrored.sql";
    private static final String DEFINITION = definition();

    private UnmirroredFunction() {}

    static boolean intact(Connection connection) throws SQLException {
        String sql = "SELECT FROM pg_proc WHERE oid = to_regprocedure(?) AND position('$$' || prosrc || '$$' in ?) > 0";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, SIGNATURE);
            statement.setString(2, DEFINITION);
            try (ResultSet rows = statement.executeQuery()) {
                return rows.next();
            }
        }
    }

    static void make(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(DEFINITION);
        }
    }

    private static String definition() {
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
