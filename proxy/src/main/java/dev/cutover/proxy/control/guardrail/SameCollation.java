// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.dualwrite.database.Placement.OneDatabase;
import dev.cutover.dualwrite.database.Rows;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Text is compared and sorted on the idle side as it is on the serving side. */
final class SameCollation implements Guardrail {
    /** By way of JSON, since the columns differ between versions of PostgreSQL. */
    private static final String COLLATION = """
            SELECT datcollate, datctype, to_jsonb(d) ->> 'datlocprovider',
              coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale'), to_jsonb(d) ->> 'datcollversion'
            FROM pg_database d WHERE datname = current_database()""";

    @Override
    public GuardrailName name() {
        return GuardrailName.SAME_COLLATION;
    }

    private record Collation(
            String collate,
            String ctype,
            @Nullable String provider,
            @Nullable String locale,
            @Nullable String version) {
        String shown() {
            return collate
                    + (collate.equals(ctype) ? "" : " (ctype " + ctype + ")")
                    + (locale == null ? "" : ", ICU " + locale);
        }

        boolean sortsLike(Collation other) {
            boolean sameProvider =
                    provider == null || other.provider == null || Objects.equals(provider, other.provider);
            return collate.equals(other.collate)
                    && ctype.equals(other.ctype)
                    && sameProvider
                    && (locale == null || other.locale == null || locale.equals(other.locale));
        }
    }

    @Override
    public List<Finding> check(GuardrailContext now, Connection connection) throws SQLException {
        if (now.placement() instanceof OneDatabase) {
            return List.of();
        }
        Collation serving = collation(connection);
        Collation idle;
        try (Connection other = now.placement().idle().getConnection()) {
            idle = collation(other);
        }
        List<Finding> findings = new ArrayList<>();
        if (!serving.sortsLike(idle)) {
            findings.add(blocking(
                    "the serving side's database sorts text by " + serving.shown() + ", the idle side's by "
                            + idle.shown() + ": ORDER BY and comparisons will differ",
                    "make the idle side's database with the same LOCALE"));
        } else if (serving.version() != null
                && idle.version() != null
                && !serving.version().equals(idle.version())) {
            findings.add(note(
                    "the collation library has version " + serving.version() + " on the serving side and "
                            + idle.version() + " on the idle side: some text may sort otherwise",
                    "use servers with the same version of the library, unless that is meant"));
        }
        return findings;
    }

    private static Collation collation(Connection connection) throws SQLException {
        return Rows.query(
                        connection,
                        COLLATION,
                        row -> new Collation(
                                row.getString(1),
                                row.getString(2),
                                row.getString(3),
                                row.getString(4),
                                row.getString(5)))
                .get(0);
    }
}
