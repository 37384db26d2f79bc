// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.difference;

import dev.cutover.dualwrite.model.MirrorPlan;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Compares row security (manual, "Row Security Policies") of mapped tables: whether it is on, for the owner too, and by which policies. */
public final class RowSecurity {
    private static final String TABLES = """
            SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = ? AND c.relkind IN ('r', 'p') AND NOT c.relispartition""";

    private static final String POLICIES = """
            SELECT c.relname, p.polname, concat_ws(' ', CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
                CASE p.polcmd WHEN 'r' THEN 'FOR SELECT' WHEN 'a' THEN 'FOR INSERT' WHEN 'w' THEN 'FOR UPDATE'
                    WHEN 'd' THEN 'FOR DELETE' ELSE 'FOR ALL' END,
                'TO ' || (SELECT string_agg(coalesce(r.rolname, 'PUBLIC'), ', ' ORDER BY r.rolname)
                    FROM unnest(p.polroles) AS role LEFT JOIN pg_roles r ON r.oid = role),
                'USING ' || pg_get_expr(p.polqual, p.polrelid),
                'WITH CHECK ' || pg_get_expr(p.polwithcheck, p.polrelid))
            FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = ? ORDER BY 1, 2""";

    private RowSecurity() {}

    private record Enabled(boolean on, boolean forced) {}

    /** All differences, table by table. */
    public static List<Difference> differences(SideCatalog serving, SideCatalog idle, MirrorPlan plan)
            throws SQLException {
        List<Difference> differences = new ArrayList<>();
        Map<String, Enabled> servingTables = tables(serving);
        Map<String, Enabled> idleTables = tables(idle);
        Map<String, Map<String, String>> servingPolicies = policies(serving);
        Map<String, Map<String, String>> idlePolicies = policies(idle);
        for (TablePair pair : TablePair.of(plan)) {
            Enabled one = servingTables.get(pair.serving());
            Enabled other = idleTables.get(pair.idle());
            if (one == null || other == null || !one.on()) {
                continue;
            }
            String here = serving.schema() + "." + pair.serving();
            String there = idle.schema() + "." + pair.idle();
            if (!other.on()) {
                differences.add(new Difference(
                        "row security is on for " + here + " and off for " + there,
                        true,
                        "ALTER TABLE " + there + " ENABLE ROW LEVEL SECURITY"));
            }
            if (one.forced() && !other.forced()) {
                differences.add(new Difference(
                        "row security is forced on the owner of " + here + " and not of " + there,
                        true,
                        "ALTER TABLE " + there + " FORCE ROW LEVEL SECURITY"));
            }
            Map<String, String> others = idlePolicies.getOrDefault(pair.idle(), Map.of());
            servingPolicies.getOrDefault(pair.serving(), Map.of()).forEach((name, definition) -> {
                String otherDefinition = others.get(name);
                if (otherDefinition == null
                        || !ExpressionText.widened(pair.renamed(definition))
                                .equals(ExpressionText.widened(otherDefinition))) {
                    differences.add(new Difference(
                            "policy " + name + " of " + here + " is " + definition + ", "
                                    + (otherDefinition == null
                                            ? there + " has none of that name"
                                            : "and that of " + there + " " + otherDefinition),
                            true,
                            "create it there with the same meaning"));
                }
            });
        }
        return differences;
    }

    private static Map<String, Enabled> tables(SideCatalog side) throws SQLException {
        Map<String, Enabled> tables = new HashMap<>();
        side.query(
                TABLES,
                row -> tables.put(row.getString(1), new Enabled(row.getBoolean(2), row.getBoolean(3))),
                side.schema());
        return tables;
    }

    private static Map<String, Map<String, String>> policies(SideCatalog side) throws SQLException {
        Map<String, Map<String, String>> policies = new HashMap<>();
        side.query(
                POLICIES,
                row -> policies.computeIfAbsent(row.getString(1), table -> new TreeMap<>())
                        .put(row.getString(2), side.comparable(row.getString(3))),
                side.schema());
        return policies;
    }
}
