// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mapping;

import dev.cutover.dualwrite.catalog.Table.Column;
import dev.cutover.dualwrite.model.MirrorPlan.Assignment;
import dev.cutover.dualwrite.model.MirrorPlan.Guard;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Casts a column to the type of its copy on the other side, and refuses a value that would not come back. PostgreSQL's casts
 * refuse a number out of range, but they round 1.239 to a {@code numeric(10,2)}, drop the time of a {@code timestamp} that
 * becomes a {@code date}, and cut a {@code text} that becomes a {@code name}.
 *
 * <p>The refusal is an error of class 22 whose text says what does not fit. Neither branch is constant: PostgreSQL would evaluate
 * that one when it plans the statement.
 */
final class LosslessCast {
    private static final Pattern TYPE =
            Pattern.compile("([a-z\" ]+?)(?:\\((\\d+)(?:,(-?\\d+))?\\))?( with(?:out)? time zone)?");
    private static final int MOST_DIGITS = 6;

    private static final Set<String> INTEGERS = Set.of("smallint", "integer", "bigint");
    private static final Set<String> NUMBERS =
            Set.of("smallint", "integer", "bigint", "numeric", "real", "double precision", "money");
    private static final Set<String> STRINGS = Set.of("text", "character varying", "character", "bpchar");

    /** Number types, and those whose values they hold all or refuse. */
    private static final Map<String, Set<String>> HOLDS = Map.of(
            "numeric", Set.of("smallint", "integer", "bigint", "numeric", "money"),
            "double precision", Set.of("smallint", "integer", "real", "double precision"),
            "real", Set.of("smallint", "real"),
            "money", Set.of("smallint", "integer", "bigint", "money"));

    /** Types that cut what they are cast from. */
    private static final Map<String, Set<String>> CUT = Map.of(
            "name", STRINGS,
            "\"char\"", Set.of("text", "character varying", "character", "bpchar", "name", "integer"),
            "cidr", Set.of("inet"),
            "boolean", Set.of("integer"),
            "bit", Set.of("bit", "bit varying", "integer", "bigint"));

    private LosslessCast() {}

    /**
     * The expression of a column's value for another type, to be cast to that type.
     *
     * @param column the SQL identifier
     * @param from its type, as are both {@code format_type} prints them
     */
    static String of(String column, String from, String to) {
        if (!mayLose(from, to)) {
            return column;
        }
        String message = "a value of " + column + " (" + from + ") does not fit into " + to + " as it is; null: ";
        return "CASE WHEN " + fits(column, from, to) + " THEN (" + column + ")::" + to + " ELSE CASE WHEN ('"
                + message.replace("'", "''") + "' || (" + column + " IS NULL)::text)::boolean THEN (" + column + ")::"
                + to + " END END";
    }

    /** How to read {@link #of}; null if it guards nothing. */
    static @Nullable Guard guard(String column, String from, String to) {
        if (!mayLose(from, to)) {
            return null;
        }
        String compared = "CASE WHEN " + fits(column, from, to) + " THEN ((" + column + ")::" + to
                + ")::text ELSE 'does not fit: ' || (" + column + ")::text END";
        return new Guard(column, compared);
    }

    /** Whether the value is the same in the other type: cast there and back, or in a type that is as wide as both. */
    private static String fits(String column, String from, String to) {
        String wide = wide(from, to);
        return wide == null
                ? "((" + column + ")::" + to + ")::" + from + " IS NOT DISTINCT FROM " + column
                : "((" + column + ")::" + to + ")::" + wide + " IS NOT DISTINCT FROM (" + column + ")::" + wide;
    }

    /** A string need not be written as the other type writes its values. */
    private static @Nullable String wide(String from, String to) {
        Type source = Type.of(from);
        Type target = Type.of(to);
        if (source == null || target == null) {
            return null;
        }
        String wide = null;
        if (STRINGS.contains(source.name) || source.name.equals("jsonb")) {
            boolean json = source.name.equals("jsonb");
            if (target.name.equals("numeric") && target.length != null || json && INTEGERS.contains(target.name)) {
                wide = "numeric";
            } else if (!json && target.name.equals("date")) {
                wide = "timestamp without time zone";
            } else if (!json && target.name.startsWith("interval") && !target.equals(Type.of("interval"))) {
                wide = "interval";
            } else if (!json
                    && target.digits() < MOST_DIGITS
                    && Set.of("time", "timestamp").contains(target.name)) {
                wide = target.name + target.zone;
            }
        }
        return wide == null || !from.endsWith("[]") ? wide : wide + "[]";
    }

    /**
     * Whether a value that does not fit would be read as another one, from its text. As a key that would be another row's; integers
     * refuse such a text.
     */
    static boolean readsAnother(String from, String to) {
        Type target = Type.of(to);
        return mayLose(from, to) && target != null && !INTEGERS.contains(target.name);
    }

    /** Whether all values lose a part: a time of day is made from a point in time. No cast leads back. */
    static boolean dropsAll(String from, String to) {
        Type source = Type.of(from);
        Type target = Type.of(to);
        return source != null
                && target != null
                && target.name.equals("time")
                && (source.name.equals("timestamp") || source.name.startsWith("interval"));
    }

    /** A column that is cast to another one's type, guarded where that may change a value. @param column the SQL identifier */
    static Assignment assignment(String column, String from, Column to, boolean key) {
        return new Assignment(
                to.name(),
                of(column, from, to.type()),
                to.castType(),
                key,
                key && to.exact(),
                guard(column, from, to.type()));
    }

    /**
     * A column that is copied, under its name or another. A schema's own types (enums, domains, composites) have namesakes on the
     * other side; text leads from one to the other.
     *
     * @param column the SQL identifier
     */
    static Assignment copy(String column, String from, Column to) {
        boolean ownTypes = from.indexOf('.') >= 0 || to.type().indexOf('.') >= 0;
        return ownTypes && !from.equals(to.type())
                ? new Assignment(to.name(), column + "::text", to.castType(), false)
                : assignment(column, from, to, false);
    }

    /** Why writes of a table are not mirrored inline, or null: a guarded cast may fail, and so would the client's statement. */
    static @Nullable String mayRefuse(List<Assignment> assignments) {
        return assignments.stream()
                .filter(assignment -> assignment.guard() != null)
                .map(assignment -> "a value of its column " + assignment.source() + " may not fit into "
                        + assignment.type() + " as it is")
                .findFirst()
                .orElse(null);
    }

    /** Whether the cast changes some values and does not refuse them. */
    static boolean mayLose(String from, String to) {
        Type source = Type.of(from);
        Type target = Type.of(to);
        if (source == null || target == null || source.equals(target)) {
            return false;
        }
        if (NUMBERS.contains(source.name) && NUMBERS.contains(target.name)) {
            return roundsNumbers(source, target);
        }
        if (wide(from, to) != null) {
            return true;
        }
        return switch (target.name) {
            case "date" -> source.name.equals("timestamp");
            case "time", "timestamp" -> source.name.equals(target.name) && source.digits() > target.digits();
            default ->
                target.name.startsWith("interval")
                        ? source.name.startsWith("interval") && !target.equals(Type.of("interval"))
                        : CUT.getOrDefault(target.name, Set.of()).contains(source.name);
        };
    }

    private static boolean roundsNumbers(Type source, Type target) {
        if (INTEGERS.contains(target.name)) {
            return !INTEGERS.contains(source.name);
        }
        if (!HOLDS.getOrDefault(target.name, Set.of()).contains(source.name)) {
            return true;
        }
        if (target.length == null) {
            return false;
        }
        return INTEGERS.contains(source.name) ? target.scale < 0 : source.length == null || source.scale > target.scale;
    }

    /**
     * @param name without "with time zone" and without brackets
     * @param length of a bit string, precision of a number, digits of a second; null if unlimited
     * @param zone what follows the length
     */
    private record Type(String name, @Nullable Integer length, int scale, String zone) {
        static @Nullable Type of(String type) {
            Matcher matcher = TYPE.matcher(type.replace("[]", ""));
            if (!matcher.matches()) {
                return null;
            }
            String length = matcher.group(2);
            String scale = matcher.group(3);
            String zone = matcher.group(4);
            return new Type(
                    matcher.group(1),
                    length == null ? null : Integer.valueOf(length),
                    scale == null ? 0 : Integer.parseInt(scale),
                    zone == null ? "" : zone);
        }

        int digits() {
            return length == null ? MOST_DIGITS : length;
        }
    }
}
