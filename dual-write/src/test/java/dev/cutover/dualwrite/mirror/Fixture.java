// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mirror;

import dev.cutover.config.MirrorMode;
import dev.cutover.config.Side;
import dev.cutover.dualwrite.analyze.UserNames;
import dev.cutover.dualwrite.database.TransitionSchema;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.MirrorPlan.Assignment;
import dev.cutover.dualwrite.model.MirrorPlan.Key;
import dev.cutover.dualwrite.model.MirrorPlan.TablePlan;
import dev.cutover.dualwrite.rowsql.MarkView;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The plan that the tests of this package rewrite by; {@code fixture.sql} makes its tables. */
final class Fixture {
    /** Renamed, retyped and computed columns. */
    private static final TablePlan ACCOUNTS = new TablePlan(
            "accounts",
            "account",
            List.of(new Key("id", "integer", "account_id", "bigint")),
            List.of("id", "Name", "balance", "tags", "doc", "at"),
            List.of(
                    new Assignment("account_id", "\"id\"", "bigint", true),
                    new Assignment("full_name", "upper(\"Name\")", "text", false),
                    new Assignment("cents", "balance * 100", "bigint", false),
                    new Assignment("doc", "\"doc\"", "jsonb", false)),
            null);
    /** Nothing but a key of two columns. */
    private static final TablePlan MEMBERS = new TablePlan(
            "members",
            "members",
            List.of(new Key("org", "integer", "org", "integer"), new Key("usr", "text", "usr", "text")),
            List.of("org", "usr"),
            List.of(new Assignment("org", "\"org\"", "integer", true), new Assignment("usr", "\"usr\"", "text", true)),
            null);
    /** An identity column, and a quoted name. */
    private static final TablePlan ORDERS = new TablePlan(
            "Order",
            "Order",
            List.of(new Key("id", "bigint", "id", "bigint")),
            List.of("id", "what"),
            List.of(new Assignment("id", "\"id\"", "bigint", true), new Assignment("what", "\"what\"", "text", false)),
            null);

    private static final TablePlan RULED =
            new TablePlan("ruled", "ruled", List.of(), List.of("id"), List.of(), "the table has rules");

    static final MirrorPlan PLAN = plan(MirrorMode.INLINE);
    static final MirrorPlan DEFERRED = plan(MirrorMode.DEFERRED);

    private static MirrorPlan plan(MirrorMode mode) {
        return new MirrorPlan(
                "acme",
                Side.BLUE,
                "app",
                "idle",
                "/*tok*/",
                mode,
                Stream.of(ACCOUNTS, MEMBERS, ORDERS, RULED)
                        .collect(Collectors.toMap(TablePlan::servingTable, Function.identity())),
                UserNames.NONE);
    }

    static final Map<String, String> IDLE_AS_IT_SHOULD_BE = Map.of(
            "account", "SELECT id, upper(\"Name\"), (balance * 100)::bigint, doc FROM %s.accounts ORDER BY id",
            "members", "SELECT org, usr FROM %s.members ORDER BY org, usr",
            "Order", "SELECT id, what FROM %s.\"Order\" ORDER BY id");

    private Fixture() {}

    /** The views that rewritten statements mark through; the table of marks must be there. */
    static List<String> markViews() {
        return Stream.of(ACCOUNTS, MEMBERS, ORDERS)
                .flatMap(table -> new MarkView(TransitionSchema.USUAL, "acme", Side.BLUE, table.servingTable())
                        .definition(table.key().stream().map(Key::servingType).toList()).stream())
                .toList();
    }
}
