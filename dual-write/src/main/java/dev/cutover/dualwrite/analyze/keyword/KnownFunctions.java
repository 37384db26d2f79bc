// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze.keyword;

import dev.cutover.dualwrite.analyze.UserNames;
import dev.cutover.dualwrite.analyze.statement.Intent;
import dev.cutover.dualwrite.analyze.statement.Intent.SessionEffect;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What is known of functions by their names: which are harmless, and which leave something behind in the session. A
 * function of the user's that shares a harmless name passes for harmless here; {@link UserNames} knows it by the catalog.
 */
public final class KnownFunctions {
    private static final Set<String> HARMLESS = load();

    /** A lock that is only tried for may not be there. */
    private static final Set<SessionEffect> TRIED = Set.of(SessionEffect.ADVISORY_LOCK, SessionEffect.MAY_END);

    private static final Map<String, Set<SessionEffect>> EFFECTS = Map.ofEntries(
            Map.entry("pg_advisory_lock", Set.of(SessionEffect.ADVISORY_LOCK)),
            Map.entry("pg_advisory_lock_shared", Set.of(SessionEffect.ADVISORY_LOCK)),
            Map.entry("pg_try_advisory_lock", TRIED),
            Map.entry("pg_try_advisory_lock_shared", TRIED),
            Map.entry("pg_advisory_unlock", Set.of(SessionEffect.MAY_END)),
            Map.entry("pg_advisory_unlock_shared", Set.of(SessionEffect.MAY_END)),
            Map.entry("pg_advisory_unlock_all", Set.of(SessionEffect.MAY_END)),
            Map.entry("setseed", Set.of(SessionEffect.UNTRACKED_SETTING)),
            Map.entry("set_config", Set.of(SessionEffect.UNTRACKED_SETTING)),
            Map.entry("pg_replication_origin_session_setup", Set.of(SessionEffect.UNKNOWN)),
            Map.entry("dblink_connect", Set.of(SessionEffect.UNKNOWN)),
            Map.entry("dblink_connect_u", Set.of(SessionEffect.UNKNOWN)),
            Map.entry("dblink_open", Set.of(SessionEffect.UNKNOWN)),
            Map.entry("dblink_send_query", Set.of(SessionEffect.UNKNOWN)));

    /** Words that may stand before a parenthesis without being the name of a function, or are built-in syntax. */
    private static final Set<String> SYNTAX =
            Set.of(("all and any array as asymmetric between bit bpchar by case cast char"
                            + " character coalesce collate columns conflict cube current_time current_timestamp dec decimal default"
                            + " distinct do else escape except exists extract fetch filter first float from greatest group grouping"
                            + " having ilike in intersect interval into is join json json_array json_arrayagg json_exists json_object"
                            + " json_objectagg json_query json_scalar json_serialize json_table json_value key lateral least like"
                            + " limit localtime localtimestamp materialized merge_action minute nchar next normalize not nullif"
                            + " numeric of offset on only or ordinality over overlay path position precision primary recursive"
                            + " returning rollup row rows second select sets set similar some substring symmetric table then time"
                            + " timestamp timestamptz timetz to treat trim union unique using values varbit varchar varying when"
                            + " where window with within without xmlattributes xmlconcat xmlelement xmlforest xmlnamespaces"
                            + " xmlparse xmlpi xmlroot xmlserialize xmltable zone")
                    .split(" "));

    private KnownFunctions() {}

    /** Whether a function of this folded name runs no SQL of its own and changes no row and no setting. */
    public static boolean isHarmless(String name) {
        return HARMLESS.contains(name) || SYNTAX.contains(name);
    }

    /** What a call leaves behind in the session. */
    static Set<SessionEffect> effects(String name) {
        return EFFECTS.getOrDefault(name, Intent.NO_EFFECTS);
    }

    static boolean isSyntax(String word) {
        return SYNTAX.contains(word);
    }

    private static Set<String> load() {
        Set<String> names = new HashSet<>(4096);
        try (InputStream resource = KnownFunctions.class.getResourceAsStream("harmless-functions.txt")) {
            if (resource == null) {
                throw new IllegalStateException("harmless-functions.txt is missing from the jar");
            }
            BufferedReader reader = new BufferedReader(new InputStreamReader(resource, StandardCharsets.UTF_8));
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (!line.startsWith("#")) {
                    names.add(line);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Set.copyOf(names);
    }
}
