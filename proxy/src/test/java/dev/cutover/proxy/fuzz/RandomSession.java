// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.fuzz;

import dev.cutover.config.Side;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What one client does, transaction by transaction. The same number gives the same, whatever was answered before. */
final class RandomSession {
    private static final int KEYS = 40;

    private final RandomSchema schema;
    private final int session;
    private final SplittableRandom random;
    private final long seed;
    private int savepoints;
    private int prepared;

    RandomSession(RandomSchema schema, int session, long seed) {
        this.schema = schema;
        this.session = session;
        this.seed = seed;
        this.random = new SplittableRandom(seed * 1000 + session);
    }

    /** A statement as clients of both versions write it. */
    record Step(String blue, String green) {
        String on(Side side) {
            return side == Side.BLUE ? blue : green;
        }
    }

    List<Step> transaction() {
        List<Step> steps = new ArrayList<>();
        if (schema.objects && random.nextInt(15) == 0) {
            return OtherObjects.refresh(session).stream()
                    .map(RandomSession::same)
                    .toList();
        }
        if (random.nextInt(3) > 0) {
            steps.add(statement());
            return steps;
        }
        steps.add(same(random.nextInt(5) == 0 ? "BEGIN ISOLATION LEVEL REPEATABLE READ" : "BEGIN"));
        for (int i = random.nextInt(1, 6); i > 0; i--) {
            boolean guarded = random.nextInt(3) == 0;
            String name = "s" + savepoints++ % 3;
            if (guarded) {
                steps.add(same("SAVEPOINT " + name));
            }
            steps.add(random.nextInt(12) == 0 ? same("SELECT 1 / 0") : statement());
            if (guarded) {
                steps.add(same((random.nextBoolean() ? "ROLLBACK TO " : "RELEASE ") + name));
            }
        }
        if (schema.odd && random.nextInt(4) == 0) {
            String name = "'fuzz " + seed + " " + session + " " + prepared++ + "'";
            steps.add(same("PREPARE TRANSACTION " + name));
            steps.add(same((random.nextInt(4) == 0 ? "ROLLBACK" : "COMMIT") + " PREPARED " + name));
        } else {
            steps.add(same(random.nextInt(4) == 0 ? "ROLLBACK" : "COMMIT"));
        }
        return steps;
    }

    private static Step same(String sql) {
        return new Step(sql, sql);
    }

    static Step step(Function<Side, String> sql) {
        return new Step(sql.apply(Side.BLUE), sql.apply(Side.GREEN));
    }

    private Step statement() {
        RandomTable table = schema.tables.get(random.nextInt(schema.tables.size()));
        if (!table.ranked.isEmpty() && random.nextInt(4) == 0) {
            return swap(table);
        }
        if (!table.docs.isEmpty() && random.nextInt(4) == 0) {
            String where = where(table, "");
            int number = OtherObjects.number(session, random);
            return OtherObjects.step(random, number, table, where);
        }
        if (schema.objects && random.nextInt(5) == 0) {
            return only(random.nextBoolean() ? update(table) : random.nextBoolean() ? delete(table) : select(table));
        }
        return switch (random.nextInt(schema.odd ? 26 : 18)) {
            case 0, 1, 2 -> insert(table, 1, "");
            case 3 -> insert(table, random.nextInt(2, 5), "");
            case 4 -> insert(table, random.nextInt(1, 4), " ON CONFLICT DO NOTHING");
            case 5, 6 -> upsert(table);
            case 7, 8, 9 -> update(table);
            case 10 -> updateFrom(table);
            case 11 -> rekey(table);
            case 12 -> delete(table);
            case 13 -> deleteUsing(table);
            case 14 -> same("SELECT touch_" + table.plain() + "(" + session + ")");
            case 15 -> dataModifyingWith(table);
            case 16 -> insertSelect(table);
            case 18, 19 -> same(Oddities.setting(random));
            case 20 -> counting(table, "amount::int #+ '1'::int");
            case 21 -> counting(table, "('a'::tag::oid)::int");
            case 22, 23, 24 -> schema.renames ? update(table) : qualified(update(table));
            case 25 -> schema.renames ? insert(table, 1, "") : qualified(insert(table, 1, ""));
            default -> select(table);
        };
    }

    /** Two rows, which may have ranks, get two. */
    private Step swap(RandomTable table) {
        String one = same(table, key(table));
        String other = same(table, key(table));
        int rank = random.nextInt(1, 6);
        String ranks = "CASE WHEN " + one + " THEN " + rank + " ELSE " + (6 - rank) + " END";
        return step(side -> "UPDATE " + table.name(side) + " SET rank = " + ranks + " WHERE " + one + " OR " + other);
    }

    private static String same(RandomTable table, List<String> key) {
        List<String> terms = new ArrayList<>();
        for (int i = 0; i < key.size(); i++) {
            terms.add(table.keyNames().get(i) + " = " + key.get(i));
        }
        return "(" + String.join(" AND ", terms) + ")";
    }

    private static Step only(Step step) {
        return new Step(only(step.blue()), only(step.green()));
    }

    private static String only(String sql) {
        return sql.replaceFirst("^(UPDATE|DELETE FROM|SELECT .*? FROM) ", "$1 ONLY ");
    }

    private List<RandomColumn> some(RandomTable table) {
        List<RandomColumn> chosen =
                table.columns.stream().filter(column -> random.nextInt(3) > 0).toList();
        return chosen.isEmpty() ? List.of(table.columns.get(0)) : chosen;
    }

    private List<String> key(RandomTable table) {
        return table.keyLiterals(session, random.nextInt(KEYS));
    }

    private static String keys(RandomTable table) {
        return String.join(", ", table.keyNames());
    }

    /** A condition on one row, or on some of the session's own. */
    private String where(RandomTable table, String qualifier) {
        if (random.nextInt(3) == 0) {
            return qualifier + "owner = " + session + " AND " + qualifier + "amount > " + random.nextInt(1000);
        }
        List<String> literals = key(table);
        List<String> terms = new ArrayList<>();
        for (int i = 0; i < literals.size(); i++) {
            terms.add(qualifier + table.keyNames().get(i) + " = " + literals.get(i));
        }
        return String.join(" AND ", terms);
    }

    private Function<Side, String> returning(RandomTable table, String qualifier) {
        return random.nextBoolean()
                ? side -> ""
                : side -> " RETURNING " + String.join(", ", table.readable(side, qualifier));
    }

    /** A parent's key that may be there. */
    private String up(RandomTable table) {
        if (table.parent == null || random.nextInt(3) == 0) {
            return "NULL";
        }
        return key(table.parent).get(0);
    }

    private Step insert(RandomTable table, int rows, String conflict) {
        return insert(table, rows, side -> conflict, some(table));
    }

    private Step insert(RandomTable table, int rows, Function<Side, String> conflict, List<RandomColumn> columns) {
        List<Function<Side, String>> values = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            List<String> key = key(table);
            List<String> literals = columns.stream()
                    .map(column -> column.type().literal(random))
                    .toList();
            String up = up(table);
            values.add(side -> {
                List<String> row = new ArrayList<>(key);
                row.add(Integer.toString(session));
                for (int c = 0; c < columns.size(); c++) {
                    row.add(columns.get(c).write(side, literals.get(c)));
                }
                if (table.parent != null) {
                    row.add(up);
                }
                return "(" + String.join(", ", row) + ")";
            });
        }
        Function<Side, String> returning = returning(table, "");
        return step(side -> "INSERT INTO " + table.name(side) + " (" + names(table, columns, side) + ") VALUES "
                + values.stream().map(row -> row.apply(side)).collect(Collectors.joining(", "))
                + conflict.apply(side)
                + returning.apply(side));
    }

    private static String names(RandomTable table, List<RandomColumn> columns, Side side) {
        return keys(table) + ", owner, "
                + columns.stream().map(column -> column.name(side)).collect(Collectors.joining(", "))
                + (table.parent == null ? "" : ", up");
    }

    private Step upsert(RandomTable table) {
        List<RandomColumn> columns = some(table);
        RandomColumn column = columns.get(random.nextInt(columns.size()));
        String condition = random.nextInt(3) == 0 ? " WHERE t.amount < 500" : "";
        Step plain = insert(
                table,
                1,
                side -> " ON CONFLICT (" + keys(table) + ") DO UPDATE SET " + column.name(side) + " = excluded."
                        + column.name(side) + condition,
                columns);
        return new Step(aliased(plain.blue()), aliased(plain.green()));
    }

    /** The target gets a name, and what is returned is taken from it. */
    private static String aliased(String insert) {
        return insert.replaceFirst("^(INSERT INTO (?:\"[^\"]*\"|\\w+)) \\(", "$1 AS t (");
    }

    private Function<Side, String> assignments(RandomTable table) {
        List<RandomColumn> columns = some(table);
        List<String> literals =
                columns.stream().map(column -> column.type().literal(random)).toList();
        boolean row = random.nextInt(4) == 0;
        return side -> {
            List<String> names =
                    columns.stream().map(column -> column.name(side)).toList();
            List<String> values = new ArrayList<>();
            for (int i = 0; i < names.size(); i++) {
                values.add(columns.get(i).write(side, literals.get(i)));
            }
            if (row) {
                return "(" + String.join(", ", names) + ") = ROW(" + String.join(", ", values) + ")";
            }
            List<String> each = new ArrayList<>();
            for (int i = 0; i < names.size(); i++) {
                each.add(names.get(i) + " = " + values.get(i));
            }
            return String.join(", ", each);
        };
    }

    private Step update(RandomTable table) {
        Function<Side, String> assignments = assignments(table);
        String where = where(table, "");
        Function<Side, String> returning = returning(table, "");
        return step(side -> "UPDATE " + table.name(side) + " SET " + assignments.apply(side) + " WHERE " + where
                + returning.apply(side));
    }

    /** The new amount is computed by a function that writes another table. */
    private Step counting(RandomTable table, String amount) {
        String where = where(table, "");
        return step(side -> "UPDATE " + table.name(side) + " SET amount = " + amount + " WHERE " + where);
    }

    /** Names the schema of the first version, whichever side serves. */
    private static Step qualified(Step plain) {
        return same(plain.blue().replaceFirst("^(UPDATE|INSERT INTO) ", "$1 v1."));
    }

    private Step updateFrom(RandomTable table) {
        String where = where(table, "t.");
        Function<Side, String> returning = returning(table, "t.");
        return step(side -> "UPDATE " + table.name(side) + " AS t SET amount = v.n FROM (VALUES (" + session
                + ", 5)) AS v (who, n) WHERE v.who = t.owner AND " + where + returning.apply(side));
    }

    private Step rekey(RandomTable table) {
        String where = where(table, "");
        List<String> key = table.keyLiterals(session, KEYS + random.nextInt(KEYS));
        return step(side -> "UPDATE " + table.name(side) + " SET " + keys(table).replaceFirst("^(.*,.*)$", "($1)")
                + " = " + (key.size() > 1 ? "ROW(" + String.join(", ", key) + ")" : key.get(0)) + " WHERE " + where);
    }

    private Step delete(RandomTable table) {
        String where = where(table, "");
        Function<Side, String> returning = returning(table, "");
        return step(side -> "DELETE FROM " + table.name(side) + " WHERE " + where + returning.apply(side));
    }

    private Step deleteUsing(RandomTable table) {
        String where = where(table, "t.");
        return step(side -> "DELETE FROM ONLY " + table.name(side) + " AS t USING (VALUES (" + session
                + ")) AS v (who) WHERE v.who = t.owner AND " + where);
    }

    private Step dataModifyingWith(RandomTable table) {
        String where = where(table, "");
        return step(side -> "WITH gone AS (DELETE FROM " + table.name(side) + " WHERE " + where
                + " RETURNING 1) SELECT count(*) FROM gone");
    }

    private Step insertSelect(RandomTable table) {
        List<String> key = key(table);
        String where = where(table, "");
        return step(side -> "INSERT INTO " + table.name(side) + " (" + keys(table) + ", owner, amount) SELECT "
                + String.join(", ", key) + ", owner, amount FROM " + table.name(side) + " WHERE " + where
                + " ORDER BY amount LIMIT 1 ON CONFLICT DO NOTHING");
    }

    private Step select(RandomTable table) {
        return step(side -> "SELECT " + String.join(", ", table.readable(side, "")) + " FROM " + table.name(side)
                + " WHERE owner = " + session);
    }
}
