// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.model;

import dev.cutover.dualwrite.model.MirrorPlan.Key;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * How a row's key stands in a mark: a JSON array of its values, from which {@code ->>} takes each as text that the type reads.
 *
 * <p>Only types that JSON writes without asking a session's settings, and without a cast that a user can make, are put into the
 * array as they are. All others are put in as the text of their output function ({@code format('%s', ...)}, which looks up no
 * cast): a cast from a user's type to json would run the user's code as whoever makes the mark.
 */
public final class MarkKey {
    private static final String WITH_TIME_ZONE = "timestamp with time zone";

    /** Types of PostgreSQL's own that to_jsonb writes as text or number that reads the same under all settings. */
    private static final Set<String> PLAIN = Set.of(
            "smallint",
            "integer",
            "bigint",
            "numeric",
            "oid",
            "text",
            "character varying",
            "character",
            "bpchar",
            "\"char\"",
            "name",
            "uuid",
            "boolean",
            "date",
            "timestamp without time zone",
            WITH_TIME_ZONE);

    /** Types whose output function asks no setting. */
    private static final Set<String> SETTLED = Set.of(
            "time without time zone",
            "time with time zone",
            "inet",
            "cidr",
            "macaddr",
            "macaddr8",
            "bit",
            "bit varying",
            "jsonb",
            "pg_lsn",
            "xid",
            "xid8",
            "int4range",
            "int8range",
            "numrange");

    /** Types whose text is the name of an object of the database (manual, "Object Identifier Types"). */
    private static final Set<String> NAMES = Set.of(
            "regclass",
            "regcollation",
            "regconfig",
            "regdatabase",
            "regdictionary",
            "regnamespace",
            "regoper",
            "regoperator",
            "regproc",
            "regprocedure",
            "regrole",
            "regtype");

    private MarkKey() {}

    /**
     * The SQL expression of a key's JSON array.
     *
     * @param values SQL expressions, in key order
     * @param types their types, as format_type() names them
     */
    public static String json(List<String> values, List<String> types) {
        List<String> items = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            String type = base(types.get(i));
            String value = values.get(i);
            if (type.equals(WITH_TIME_ZONE)) {
                // One text for one value, whatever the writer's TimeZone is. Maintenance sessions read it under UTC.
                items.add("(" + value + " AT TIME ZONE 'UTC')");
            } else {
                items.add(PLAIN.contains(type) ? value : "pg_catalog.format('%s', " + value + ")");
            }
        }
        return "pg_catalog.jsonb_build_array(" + String.join(", ", items) + ")";
    }

    /** The JSON array of a serving or idle row's key. @param value makes the SQL expression of a key column */
    public static String json(List<Key> key, Function<Key, String> value, Function<Key, String> type) {
        return json(key.stream().map(value).toList(), key.stream().map(type).toList());
    }

    /**
     * The SQL expression of the JSON array that stands for the place of a row: its {@code ctid}, and the file that holds the place. A
     * statement that writes the table into another file, such as VACUUM FULL, moves the rows.
     *
     * <p>The third item is an object, which no key has: its values are texts and numbers. The marks that have it have an index of their
     * own, see {@link #isPlace}.
     *
     * @param row an alias, or NEW
     * @param table SQL of type regclass or oid
     */
    public static String place(String row, String table) {
        return "pg_catalog.jsonb_build_array(pg_catalog.format('%s', " + row
                + ".ctid), pg_catalog.pg_relation_filenode(" + table + ")::bigint, '{}'::pg_catalog.jsonb)";
    }

    /** The condition that a mark names a {@link #place}. @param mark an alias of the table of marks */
    public static String isPlace(String mark) {
        return "jsonb_typeof(" + mark + ".key->2) = 'object'";
    }

    /** Whether the text of a value hangs on the settings of the session that writes it. */
    public static boolean dependsOnSettings(Collection<String> types) {
        return types.stream().map(MarkKey::base).anyMatch(type -> !PLAIN.contains(type) && !SETTLED.contains(type));
    }

    /** Whether the type's values, or its elements' values, are names of objects, which another database reads as its own. */
    public static boolean namesAnObject(String type) {
        return NAMES.contains(base(type).replace("[]", ""));
    }

    /** Whether every PostgreSQL has the type: names of others come with their schema. */
    public static boolean builtIn(String type) {
        return type.indexOf('.') < 0;
    }

    /** Without a length, precision or fields of an interval; arrays keep their brackets. */
    private static String base(String type) {
        return type.replaceFirst("\\([^)]*\\)", "").strip();
    }
}
