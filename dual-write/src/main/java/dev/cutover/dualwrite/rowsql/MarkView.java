// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.rowsql;

import static dev.cutover.dualwrite.model.SqlText.literal;

import dev.cutover.config.Side;
import dev.cutover.dualwrite.database.TransitionSchema;
import dev.cutover.dualwrite.model.MarkKey;
import dev.cutover.dualwrite.model.MirrorPlan;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The view through which a client's own statement makes marks of one table. A role that may write the table may insert keys
 * here, and nothing else: tenant, side and table are the view's defaults, and a key that its type does not read is refused. The
 * table of marks itself is open to no client.
 *
 * @param transition where the view lies
 * @param side the one that the table lies on
 */
public record MarkView(TransitionSchema transition, String tenant, Side side, String table) {
    /** That of a table of one of a plan's sides. */
    public static MarkView of(MirrorPlan plan, Side side, String table) {
        return new MarkView(plan.transition(), plan.tenant(), side, table);
    }

    /** The view's name. By a digest: PostgreSQL cuts identifiers at 63 bytes. */
    public String name() {
        return transition.table("mark_" + digest());
    }

    /** The name of the function that the net's triggers on the table call. */
    public String netFunction() {
        return transition.table("net_" + digest());
    }

    /** {@code INSERT INTO} the view; a query of one column, the key's JSON array, follows. */
    public String insert() {
        return "INSERT INTO " + name() + " (key) ";
    }

    /** The statements that make the view. @param types of the key's columns */
    public List<String> definition(List<String> types) {
        String readable = IntStream.range(0, types.size())
                .filter(i -> MarkKey.builtIn(types.get(i)))
                .mapToObj(i -> " AND (key->>" + i + ")::" + types.get(i) + " IS NOT NULL")
                .collect(Collectors.joining());
        return List.of(
                "CREATE OR REPLACE VIEW " + name() + " AS SELECT tenant, side, tbl, key FROM " + transition.marks()
                        + " WHERE jsonb_array_length(key) = " + types.size() + readable + " WITH CHECK OPTION",
                "ALTER VIEW " + name() + " ALTER COLUMN tenant SET DEFAULT " + literal(tenant)
                        + ", ALTER COLUMN side SET DEFAULT " + literal(side.name()) + ", ALTER COLUMN tbl SET DEFAULT "
                        + literal(table));
    }

    private String digest() {
        String full = tenant + '\0' + side.label() + '\0' + table;
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(full.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
