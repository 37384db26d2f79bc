package dev.cutover.dualwrite.plan;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Casts a column to its namesake's type on the other side, and refuses a value that would not come back. PostgreSQL's casts
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

    /** Number types, and those whose values they hold all. */
    private static final Map<String, Set<String>> HOLDS = Map.of(
            "numeric", Set.of("smallint", "integer", "bigint", "numeric", "money"),
            "double precision", Set.of("smallint", "integer", "real", "double precision"),
            "real", Set.of("smallint", "real"),
            "money", Set.of("smallint", "integer", "money"));

    private static final Set<String> CUTTING = Set.of("name", "\"char\"", "cidr", "boolean", "bit");

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
        return "CASE WHEN ((" + column + ")::" + to + ")::" + from + " IS NOT DISTINCT FROM " + column + " THEN ("
                + column
                + ")::" + to + " ELSE CASE WHEN ('" + message.replace("'", "''") + "' || (" + column
                + " IS NULL)::text)::boolean THEN (" + column + ")::" + to + " END END";
    }

    /**
     * Why writes of a table are not mirrored inline: the cast of a column may refuse a value, and would fail the client's statement.
     *
     * @param expressed columns for which the mapping has an expression
     */
    static Optional<String> mayRefuse(Table from, Table to, Set<String> expressed) {
        return to.columns().stream()
                .filter(column -> !column.generated() && !expressed.contains(column.name()))
                .filter(column -> from.column(column.name())
                        .filter(own -> mayLose(own.type(), column.type()))
                        .isPresent())
                .map(column ->
                        "a value of its column " + column.name() + " may not fit into " + column.type() + " as it is")
                .findFirst();
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
        return switch (target.name) {
            case "date" -> source.name.startsWith("timestamp");
            case "time", "timestamp" -> !source.name.equals("date") && losesTime(source, target);
            default ->
                target.name.startsWith("interval")
                        ? source.name.startsWith("interval") && !target.equals(Type.of("interval"))
                        : CUTTING.contains(target.name);
        };
    }

    private static boolean roundsNumbers(Type source, Type target) {
        if (INTEGERS.contains(target.name)) {
            return !INTEGERS.contains(source.name);
        }
        if (!HOLDS.getOrDefault(target.name, Set.of()).contains(source.name)) {
            return true;
        }
        return target.length != null
                && !INTEGERS.contains(source.name)
                && (source.length == null || source.scale > target.scale);
    }

    /** A time of day out of a timestamp or an interval, or with fewer digits of a second. */
    private static boolean losesTime(Type source, Type target) {
        boolean sameKind = source.name.equals(target.name);
        return (target.name.equals("time") && !sameKind && !source.name.contains("char") && !source.name.equals("text"))
                || (sameKind && source.digits() > target.digits());
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
