// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.fuzz;

import dev.cutover.config.Mapping.Dropped;
import dev.cutover.config.Mapping.TableMapping;
import dev.cutover.config.Side;
import dev.cutover.proxy.fuzz.RandomColumn.Form;
import dev.cutover.proxy.fuzz.RandomColumn.Type;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** A table in both versions. Each row belongs to one session, which alone changes it: so replies hang on no other session. */
final class RandomTable {
    /** What the primary key is made of; a text with a type behind it for each column, filled from session and number. */
    enum Key {
        INT("%2$d%1$d::int"),
        BIGINT("90000%2$d%1$d::bigint"),
        TEXT("Key %1$d-%2$d::text"),
        UUID("00000000-0000-4000-8000-%1$04d%2$08d::uuid"),
        COMPOSITE("%2$d::int", "s%1$d::varchar(20)"),
        NUMERIC("%2$d.%1$d0::numeric"),
        JSONB("{\"session\": %1$d, \"null\": null, \"n\": %2$d.0}::jsonb"),
        RANGE("[%1$d%2$02d.50,%1$d%2$02d.99)::numrange"),
        ARRAY("{%1$d,%2$d}::int[]"),
        INTERVAL("%2$d mons %1$d days 00:00:00.5::interval"),
        TIMESTAMPTZ("202%1$d-01-01 00:%2$02d:00.000001+00::timestamptz");

        /** The first ones are all that most schemas have. */
        private static final int COMMON = 5;

        private final String[] parts;

        Key(String... parts) {
            this.parts = parts;
        }
    }

    private static final List<String> KEY_NAMES = List.of("\"Key\"", "part");

    final String blue;
    final String green;
    final Key key;
    final List<RandomColumn> columns = new ArrayList<>();
    /** The table whose key a column of this one holds. */
    final @Nullable RandomTable parent;

    private final String action;
    private final boolean partitioned;
    private final boolean ranges;
    private final boolean beforeTrigger;
    private final boolean afterTrigger;
    private final boolean identity;
    private final boolean generated;
    private final boolean checked;
    private final boolean added;
    private final boolean dropped;
    /** Whether a default writes another table. Never so in the first one, of which statements are to be mirrored inline. */
    private final boolean counted;
    /** Whether it has row security. Never so in the first one either. */
    private final boolean secured;
    /** Whether sessions exchange ranks between their rows, and what forbids two equal ones; empty if there are no ranks. */
    final String ranked;

    final boolean unlogged;
    /** The sequence of another schema that numbers its rows, on either side; empty if there is none. */
    private final List<String> codes;
    /** The type of the column that refers to large objects; empty if there is none. */
    final String docs;
    /** The table that this one inherits from. Its rows are also the other one's. */
    private final @Nullable RandomTable ancestor;

    RandomTable(
            SplittableRandom random,
            int number,
            boolean renames,
            Vocabulary vocabulary,
            @Nullable RandomTable possibleParent) {
        boolean odd = vocabulary == Vocabulary.ODD;
        boolean keyed = vocabulary == Vocabulary.KEYS;
        boolean objects = vocabulary == Vocabulary.OBJECTS && number > 0;
        ancestor = null;
        blue = random.nextBoolean() ? "t" + number : "\"T able" + number + "\"";
        green = renames && random.nextBoolean() ? "n" + number : blue;
        key = Key.values()[random.nextInt(keyed ? Key.values().length : Key.COMMON)];
        parent = possibleParent != null && possibleParent.key != Key.COMPOSITE && random.nextBoolean()
                ? possibleParent
                : null;
        action = List.of("CASCADE", "SET NULL", "NO ACTION").get(random.nextInt(3));
        partitioned = random.nextInt(3) == 0;
        ranges = key == Key.INT && random.nextBoolean();
        beforeTrigger = random.nextInt(3) == 0;
        afterTrigger = random.nextInt(3) == 0;
        identity = random.nextInt(3) == 0;
        generated = random.nextInt(3) == 0;
        checked = random.nextBoolean();
        added = random.nextBoolean();
        dropped = random.nextBoolean();
        counted = odd && number > 0 && random.nextBoolean();
        secured = odd && number > 0 && random.nextBoolean();
        ranked = !keyed || partitioned
                ? ""
                : random.nextBoolean()
                        ? "UNIQUE (owner, rank) DEFERRABLE"
                        : "EXCLUDE USING gist (int8range(owner * 1000 + rank, owner * 1000 + rank, '[]') WITH &&)"
                                + " WHERE (rank IS NOT NULL) DEFERRABLE";
        unlogged = objects && !partitioned && random.nextBoolean();
        codes = objects ? OtherObjects.SEQUENCES.get(random.nextInt(OtherObjects.SEQUENCES.size())) : List.of();
        docs = objects ? OtherObjects.DOCS.get(random.nextInt(OtherObjects.DOCS.size())) : "";
        columns.add(new RandomColumn("amount", "amount", Type.INT, random.nextBoolean() ? Form.SAME : Form.WIDENED));
        columns.add(new RandomColumn("note", "note", Type.TEXT, Form.SAME));
        for (int i = random.nextInt(1, 5); i > 0; i--) {
            Type type = Type.values()[random.nextInt(Type.values().length)];
            Form form = Form.values()[random.nextInt(renames ? 4 : 2)];
            if (form == Form.SCALED && type != Type.INT || form == Form.WIDENED && type.blue.equals(type.widened)) {
                form = renames ? Form.RENAMED : Form.SAME;
            }
            boolean other = form == Form.RENAMED || form == Form.SCALED;
            columns.add(new RandomColumn("c" + i, other ? "\"New " + i + "\"" : "c" + i, type, form));
        }
    }

    /** A table that inherits from another one. */
    private RandomTable(SplittableRandom random, int number, boolean renames, RandomTable of) {
        ancestor = of;
        blue = random.nextBoolean() ? "heir" + number : "\"Heir " + number + "\"";
        green = renames && random.nextBoolean() ? "m" + number : blue;
        key = of.key;
        parent = of.parent;
        action = of.action;
        partitioned = false;
        ranges = false;
        beforeTrigger = random.nextInt(3) == 0;
        afterTrigger = random.nextInt(3) == 0;
        identity = false;
        generated = of.generated;
        checked = of.checked;
        added = of.added;
        dropped = of.dropped;
        counted = false;
        secured = false;
        ranked = "";
        unlogged = random.nextBoolean();
        codes = of.codes;
        docs = of.docs;
        columns.addAll(of.columns);
    }

    /** A new table that inherits from this one, which must be {@link #inheritable}. */
    RandomTable heir(SplittableRandom random, int number, boolean renames) {
        return new RandomTable(random, number, renames, this);
    }

    /** Whether others may inherit from it. The columns that they get are no identities, and would have no values. */
    boolean inheritable() {
        return !partitioned && !identity;
    }

    String name(Side side) {
        return side == Side.BLUE ? blue : green;
    }

    /** The key columns' names, which both versions share. */
    List<String> keyNames() {
        return KEY_NAMES.subList(0, key.parts.length);
    }

    /** A session's key of that number, a literal for each column. */
    List<String> keyLiterals(int session, int number) {
        List<String> literals = new ArrayList<>();
        for (String part : key.parts) {
            String filled = String.format(part, session, number);
            int type = filled.lastIndexOf("::");
            literals.add("'" + filled.substring(0, type) + "'" + filled.substring(type));
        }
        return literals;
    }

    /** Both versions' expressions for all that a client can see, the key first. */
    List<String> readable(Side side, String qualifier) {
        List<String> all = new ArrayList<>();
        keyNames().forEach(name -> all.add(qualifier + name));
        all.add(qualifier + "owner");
        columns.forEach(column -> all.add(column.read(side, qualifier)));
        if (parent != null) {
            all.add(qualifier + "up");
        }
        if (!ranked.isEmpty()) {
            all.add(qualifier + "rank");
        }
        if (generated) {
            all.add(qualifier + "twice");
        }
        if (!docs.isEmpty()) {
            all.add(qualifier + "doc");
        }
        if (ancestor != null) {
            all.add(qualifier + "more");
        }
        return all;
    }

    /** What is the same on both sides: all that is {@link #readable}, and what hangs on the order of the sessions. */
    List<String> carried(Side side) {
        List<String> all = readable(side, "");
        if (!codes.isEmpty()) {
            all.add("code");
        }
        return all;
    }

    /** Its own rows only, behind FROM. */
    String own(Side side) {
        return (partitioned ? "" : "ONLY ") + (side == Side.BLUE ? "v1." : "v2.") + name(side);
    }

    String ddl(Side side) {
        String schema = side == Side.BLUE ? "v1." : "v2.";
        String table = schema + name(side);
        if (ancestor != null) {
            return create(table) + " (more text DEFAULT 'more', PRIMARY KEY (" + String.join(", ", keyNames())
                    + ")) INHERITS (" + schema + ancestor.name(side) + ");\n" + functions(schema, table);
        }
        List<String> parts = new ArrayList<>();
        for (int i = 0; i < key.parts.length; i++) {
            parts.add(keyNames().get(i) + " " + key.parts[i].substring(key.parts[i].lastIndexOf("::") + 2));
        }
        parts.add("owner int NOT NULL");
        columns.forEach(column -> parts.add(column.definition(side)));
        if (parent != null) {
            String type = parent.key.parts[0].substring(parent.key.parts[0].lastIndexOf("::") + 2);
            parts.add("up " + type + " REFERENCES " + schema + parent.name(side) + " ON DELETE " + action
                    + " ON UPDATE CASCADE");
        }
        if (!ranked.isEmpty()) {
            parts.add("rank bigint");
            parts.add("CONSTRAINT ranks_" + plain() + " " + ranked);
        }
        if (identity) {
            parts.add("no int GENERATED BY DEFAULT AS IDENTITY");
        }
        if (generated) {
            parts.add("twice bigint GENERATED ALWAYS AS (amount * 2) STORED");
        }
        if (checked) {
            parts.add("CONSTRAINT small_enough CHECK (amount < 900)");
        }
        if (side == Side.GREEN ? added : dropped) {
            parts.add("kept text NOT NULL DEFAULT '" + side + "'");
        }
        if (counted) {
            parts.add("counted int DEFAULT " + schema + "next_no()");
        }
        if (!codes.isEmpty()) {
            parts.add("code bigint DEFAULT nextval('" + codes.get(side.ordinal()) + "')"
                    + (partitioned ? "" : " CONSTRAINT codes_" + plain() + " UNIQUE"));
        }
        if (!docs.isEmpty()) {
            parts.add("doc " + docs);
        }
        parts.add("PRIMARY KEY (" + String.join(", ", keyNames()) + ")");
        return create(table) + " (" + String.join(", ", parts) + ")" + partitions(side, schema) + ";\n"
                + functions(schema, table) + (secured ? Oddities.policy(table) : "");
    }

    private String create(String table) {
        return "CREATE " + (unlogged ? "UNLOGGED " : "") + "TABLE " + table;
    }

    private String functions(String schema, String table) {
        return "CREATE FUNCTION " + schema + "touch_" + plain() + "(who int) RETURNS int LANGUAGE sql AS $$ UPDATE "
                + table + " SET note = 'touched' WHERE owner = who AND amount > 0; SELECT who $$;\n"
                + triggers(schema, table);
    }

    private String partitions(Side side, String schema) {
        if (!partitioned) {
            return "";
        }
        String of = " PARTITION OF " + schema + name(side) + " FOR VALUES ";
        String part = ";\nCREATE TABLE " + schema + "p_" + plain() + "_";
        String first = keyNames().get(0);
        return ranges
                ? " PARTITION BY RANGE (" + first + ")" + part + "low" + of + "FROM (MINVALUE) TO (300)" + part + "high"
                        + of + "FROM (300) TO (MAXVALUE)"
                : " PARTITION BY HASH (" + first + ")" + part + "a" + of + "WITH (MODULUS 2, REMAINDER 0)" + part + "b"
                        + of + "WITH (MODULUS 2, REMAINDER 1)";
    }

    private String triggers(String schema, String table) {
        String sql = "";
        if (beforeTrigger) {
            sql += "CREATE FUNCTION " + schema + "shout_" + plain() + "() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                    + " NEW.note := upper(NEW.note); RETURN NEW; END $$;\n"
                    + "CREATE TRIGGER shout BEFORE INSERT OR UPDATE ON " + table + " FOR EACH ROW EXECUTE FUNCTION "
                    + schema
                    + "shout_" + plain() + "();\n";
        }
        if (afterTrigger) {
            sql += "CREATE FUNCTION " + schema + "count_" + plain() + "() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                    + " INSERT INTO " + schema + "tally AS t VALUES (NEW.owner, TG_OP, 1) ON CONFLICT (owner, what)"
                    + " DO UPDATE SET n = t.n + 1; RETURN NULL; END $$;\n"
                    + "CREATE TRIGGER count AFTER INSERT OR UPDATE ON " + table + " FOR EACH ROW EXECUTE FUNCTION "
                    + schema
                    + "count_" + plain() + "();\n";
        }
        return sql;
    }

    /** Fit to be a part of another name. */
    String plain() {
        return blue.replaceAll("\\W", "").toLowerCase(Locale.ROOT);
    }

    String unquoted(String name) {
        return name.replace("\"", "");
    }

    TableMapping mapping() {
        Map<String, String> up = new LinkedHashMap<>();
        Map<String, String> down = new LinkedHashMap<>();
        columns.stream().filter(RandomColumn::mapped).forEach(column -> {
            up.put(unquoted(column.green()), column.up());
            down.put(unquoted(column.blue()), column.down());
        });
        // A column of the same name on both sides is carried; one that a side alone has is not.
        Set<String> kept = Set.of("kept");
        Dropped left = new Dropped(dropped && !added ? kept : Set.of(), added && !dropped ? kept : Set.of());
        return new TableMapping(unquoted(blue), unquoted(green), List.of(), up, down, Map.of(), Map.of(), left);
    }
}
