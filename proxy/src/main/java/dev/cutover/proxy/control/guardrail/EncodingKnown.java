// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.dualwrite.database.Rows;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * The servers check what they store as text. A database of encoding SQL_ASCII takes all bytes and converts none (manual, "Character
 * Set Support"); a text that is not UTF-8 cannot be read by the proxy. Both sides' databases have the same encoding, or the
 * mapping is refused.
 */
final class EncodingKnown implements Guardrail {
    private static final String DATABASE =
            "SELECT current_database() WHERE current_setting('server_encoding') = 'SQL_ASCII'";

    @Override
    public GuardrailName name() {
        return GuardrailName.ENCODING_KNOWN;
    }

    @Override
    public List<Finding> check(GuardrailContext now, Connection connection) throws SQLException {
        List<Finding> findings = new ArrayList<>();
        for (String database : Rows.query(connection, DATABASE, row -> row.getString(1))) {
            findings.add(blocking(
                    "database " + database
                            + " has the encoding SQL_ASCII: texts in it may be invalid, and the proxy cannot read"
                            + " or compare those that are not UTF-8",
                    "convert the database to UTF8; if all its texts are UTF-8, flip with --force " + name().label()));
        }
        return findings;
    }
}
