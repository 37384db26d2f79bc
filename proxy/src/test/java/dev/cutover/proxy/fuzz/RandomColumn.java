// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.fuzz;

import dev.cutover.config.Side;
import java.util.SplittableRandom;

/**
 * A column that clients read and write, on both sides of a mapping.
 *
 * @param blue its name in version 1, as SQL
 * @param green its name in version 2
 */
record RandomColumn(String blue, String green, Type type, Form form) {
    /** What a column holds. The literals are SQL, always {@code 'text'::type}, so that they can be sent as parameters. */
    enum Type {
        INT("int", "bigint"),
        NUMERIC("numeric(12,2)", "numeric"),
        TEXT("text", "varchar(200)"),
        VARCHAR("varchar(60)", "text"),
        BOOLEAN("boolean", "boolean"),
        TIMESTAMPTZ("timestamptz", "timestamptz"),
        JSONB("jsonb", "jsonb"),
        INTS("int[]", "bigint[]"),
        BYTEA("bytea", "bytea"),
        FLOAT("float8", "float8"),
        DATE("date", "timestamp");

        final String blue;
        final String widened;

        Type(String blue, String widened) {
            this.blue = blue;
            this.widened = widened;
        }

        String literal(SplittableRandom random) {
            if (random.nextInt(10) == 0) {
                return "NULL::" + blue;
            }
            int n = random.nextInt(-1000, 1000);
            String text =
                    switch (this) {
                        case INT -> Integer.toString(n);
                        case NUMERIC -> random.nextInt(20) == 0 ? "NaN" : n + ".25";
                        case TEXT, VARCHAR -> "Text " + n + " \u00e4\\n\"" + "x".repeat(random.nextInt(20));
                        case BOOLEAN -> Boolean.toString(n > 0);
                        case TIMESTAMPTZ ->
                            random.nextInt(20) == 0 ? "infinity" : "2024-05-0" + (1 + Math.abs(n) % 9) + " 10:00:00+02";
                        case JSONB -> "{\"n\": " + n + ", \"a\": [1, null]}";
                        case INTS -> "{" + n + ",NULL,7}";
                        case BYTEA -> "\\x00ff" + String.format("%04x", Math.abs(n));
                        case FLOAT -> random.nextInt(20) == 0 ? "-Infinity" : n + ".5e3";
                        case DATE -> "2024-05-0" + (1 + Math.abs(n) % 9);
                    };
            return "'" + text + "'::" + blue;
        }
    }

    /** How the second version has it. */
    enum Form {
        SAME,
        /** The same name, and a type that holds more. Clients that cast what they read can use both versions alike. */
        WIDENED,
        RENAMED,
        /** Whole hundredths become a number with a fraction. */
        SCALED
    }

    String name(Side side) {
        return side == Side.BLUE ? blue : green;
    }

    String definition(Side side) {
        if (side == Side.BLUE) {
            return blue + " " + type.blue;
        }
        String greenType =
                switch (form) {
                    case SAME, RENAMED -> type.blue;
                    case WIDENED -> type.widened;
                    case SCALED -> "numeric";
                };
        return green + " " + greenType;
    }

    /** An expression that gives the client of either version the same value. */
    String read(Side side, String qualifier) {
        String name = qualifier + name(side);
        if (side == Side.GREEN && form == Form.SCALED) {
            return "(" + name + " * 100)::int";
        }
        return form == Form.WIDENED ? name + "::" + type.blue : name;
    }

    /** An expression that stores what the client of version 1 would have stored. */
    String write(Side side, String value) {
        return side == Side.GREEN && form == Form.SCALED ? "(" + value + ") / 100.0" : value;
    }

    String up() {
        return form == Form.SCALED ? blue + " / 100.0" : blue;
    }

    String down() {
        return form == Form.SCALED ? "(" + green + " * 100)::int" : green;
    }

    /** Whether the mapping has to say how it is carried. */
    boolean mapped() {
        return form == Form.RENAMED || form == Form.SCALED;
    }
}
