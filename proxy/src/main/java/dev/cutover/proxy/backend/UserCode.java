// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

import dev.cutover.dualwrite.net.UnmirroredFunction;
import java.util.concurrent.TimeUnit;

/**
 * The code in a pool's database that a statement can run without naming it, and that can change the state of a session.
 *
 * <p>A write fires triggers and evaluates defaults. A read can reach a function through a view, a policy, an operator, a cast,
 * column notation, or a function with the name of a built-in one. The proxy asks the server whether the database has such
 * functions. Most databases have none, and their writes cost nothing. A function counts unless its source is known to be
 * harmless: see {@link #QUESTION}.
 *
 * <p>A function that somebody creates past the proxy is noticed within {@link #FRESH_NANOS}. Belongs to one event loop.
 */
public final class UserCode {
    /** How long an answer holds. */
    private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(10);

    /**
     * Asks for the {@link Reach}. A function in PL/pgSQL or SQL is harmless if its source has no word that changes a session,
     * and runs no text as SQL. SET is such a word, except in UPDATE ... SET and DO UPDATE SET. Functions in other languages
     * count; functions in C do not, since only a superuser can create them. The net's function does not: it keeps a setting of its own.
     */
    public static final String QUESTION = """
            SET LOCAL search_path TO pg_catalog;
            WITH code AS MATERIALIZED (
              SELECT p.oid, p.proname, p.proargtypes,
                p.prorettype NOT IN ('pg_catalog.trigger'::pg_catalog.regtype, 'pg_catalog.event_trigger'::pg_catalog.regtype)
                  AS callable,
                l.lanname NOT IN ('plpgsql', 'sql') OR p.prosrc = '' OR CASE
                  WHEN p.prosrc ~* '(--[^\\n]*|/\\*.*)\\mupdate\\M' THEN p.prosrc
                  ELSE pg_catalog.regexp_replace(p.prosrc,
                    '\\m(update\\s+(only\\s+)?[\\w."]+(\\s+(as\\s+)?\\w+)?|do\\s+update)\\s+set\\M', ' ', 'gi') END
                ~* ('set_config|setseed|_to_xml|ts_stat|ts_rewrite|advisory|dblink|pg_temp|replication_origin|u&'
                  || '|\\m(set|reset|execute|prepare|deallocate|listen|unlisten|load|discard|temp|temporary|hold|create|alter)\\M'
                  || '|\\mdo\\M(?!\\s+(update|nothing)\\M)') AS changes_session
              FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang
              WHERE p.oid >= 16384 AND l.lanname <> 'c'
                AND p.prosrc !~ '^(aggregate_dummy|(multi)?range_constructor[0-9])$'
                AND (p.proname <> '{name}' OR p.prosrc <> '{body}'))
            SELECT CASE
              WHEN NOT EXISTS (SELECT FROM code WHERE changes_session) THEN 'NOTHING'
              WHEN EXISTS (SELECT FROM code WHERE changes_session AND callable) AND EXISTS (
                SELECT FROM code c WHERE
                  EXISTS (SELECT FROM pg_catalog.pg_proc b WHERE b.proname = c.proname AND b.oid < 16384)
                  OR EXISTS (SELECT FROM pg_catalog.pg_type t WHERE t.oid = c.proargtypes[0] AND t.typtype IN ('c', 'p'))
                  OR EXISTS (
                    SELECT FROM pg_catalog.pg_depend d
                    WHERE d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.refobjid = c.oid
                      AND d.classid IN ('pg_catalog.pg_rewrite'::pg_catalog.regclass,
                        'pg_catalog.pg_policy'::pg_catalog.regclass, 'pg_catalog.pg_operator'::pg_catalog.regclass,
                        'pg_catalog.pg_cast'::pg_catalog.regclass, 'pg_catalog.pg_type'::pg_catalog.regclass,
                        'pg_catalog.pg_attrdef'::pg_catalog.regclass, 'pg_catalog.pg_constraint'::pg_catalog.regclass,
                        'pg_catalog.pg_proc'::pg_catalog.regclass)))
                THEN 'READS'
              ELSE 'WRITES' END""".replace("{name}", UnmirroredFunction.BARE_NAME)
            .replace("{body}", UnmirroredFunction.body().replace("'", "''"));

    /** Which statements can run the code without naming it. */
    public enum Reach {
        NOTHING,
        WRITES,
        /** Reads and writes. */
        READS
    }

    private Reach reach = Reach.READS;
    private boolean asked;
    private long askedAt;

    /**
     * Whether the server is to be asked now. If so, the caller asks it.
     *
     * @param now by {@link System#nanoTime}
     * @param schemaChangedAt when a client changed the schema last, by the same clock
     */
    public boolean mustAsk(long now, long schemaChangedAt) {
        if (asked && now - askedAt < FRESH_NANOS && askedAt - schemaChangedAt > 0) {
            return false;
        }
        asked = true;
        askedAt = now;
        return true;
    }

    /** The answer of the server. */
    public void answered(String answer) {
        reach = Reach.valueOf(answer);
    }

    public Reach reach() {
        return reach;
    }
}
