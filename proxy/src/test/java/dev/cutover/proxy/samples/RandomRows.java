// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.samples;

import static dev.cutover.proxy.samples.TableShape.quoted;

import dev.cutover.proxy.samples.TableShape.Column;
import dev.cutover.proxy.samples.TableShape.Reference;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What clients of a schema do of which only the catalog is known: they insert rows that refer to rows that are there, update and
 * delete. A constraint may refuse that, as it would without a proxy.
 */
final class RandomRows {
    private static final int LONGEST = 12;

    private final List<TableShape> tables;

    RandomRows(List<TableShape> tables) {
        this.tables = tables;
    }

    List<SampleLoad.Step> steps() {
        return List.of(
                unlessRefused(this::insert),
                unlessRefused(this::insert),
                unlessRefused(this::update),
                unlessRefused(this::delete));
    }

    private static SampleLoad.Step unlessRefused(SampleLoad.Step step) {
        return client -> {
            try {
                step.run(client);
            } catch (SQLException e) {
                if (!e.getSQLState().startsWith("23")) {
                    throw e;
                }
            }
        };
    }

    private TableShape table(Client client) {
        return tables.get(client.any(tables.size()) - 1);
    }

    private void insert(Client client) throws SQLException {
        TableShape table = table(client);
        Map<String, String> values = new HashMap<>();
        for (Reference reference : table.references()) {
            List<String> key = anyKey(client, reference.table(), reference.referenced());
            for (int i = 0; !key.isEmpty() && i < key.size(); i++) {
                values.put(reference.columns().get(i), literal(key.get(i)));
            }
        }
        List<String> columns = new ArrayList<>();
        List<String> row = new ArrayList<>();
        for (Column column : table.columns()) {
            boolean refers =
                    table.references().stream().anyMatch(it -> it.columns().contains(column.name()));
            String value = values.get(column.name());
            if (value == null && refers) {
                value = "NULL";
            } else if (value == null) {
                value = table.key().contains(column.name()) ? newKey(client, column) : value(client, column);
            }
            columns.add(quoted(column.name()));
            row.add(value);
        }
        client.run("INSERT INTO " + quoted(table.name()) + " (" + String.join(", ", columns) + ") VALUES ("
                + String.join(", ", row) + ")");
    }

    private void update(Client client) throws SQLException {
        TableShape table = table(client);
        List<Column> free = table.columns().stream()
                .filter(column -> !table.key().contains(column.name()))
                .filter(column ->
                        table.references().stream().noneMatch(it -> it.columns().contains(column.name())))
                .toList();
        List<String> key = anyKey(client, table.name(), table.key());
        if (!free.isEmpty() && !key.isEmpty()) {
            Column column = free.get(client.any(free.size()) - 1);
            client.run("UPDATE " + quoted(table.name()) + " SET " + quoted(column.name()) + " = "
                    + value(client, column) + " WHERE " + is(table.key(), key));
        }
    }

    private void delete(Client client) throws SQLException {
        TableShape table = table(client);
        List<String> key = anyKey(client, table.name(), table.key());
        if (!key.isEmpty()) {
            client.run("DELETE FROM " + quoted(table.name()) + " WHERE " + is(table.key(), key));
        }
    }

    private static String is(List<String> columns, List<String> values) {
        List<String> conditions = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
            conditions.add(quoted(columns.get(i)) + " = " + literal(values.get(i)));
        }
        return String.join(" AND ", conditions);
    }

    /** The values of some row's columns; empty if there is none. */
    private static List<String> anyKey(Client client, String table, List<String> columns) throws SQLException {
        String query = "SELECT "
                + columns.stream()
                        .map(column -> quoted(column) + "::text")
                        .collect(Collectors.joining(" || E'\\x01' || "))
                + " FROM " + quoted(table) + " ORDER BY random() LIMIT 1";
        String key = client.text("SELECT coalesce((" + query + "), '')");
        return key.isEmpty() ? List.of() : List.of(key.split("\u0001", -1));
    }

    private static String newKey(Client client, Column column) {
        int id = client.newId();
        return column.type().contains("char") || column.type().equals("text")
                ? literal(cut("k" + id, column))
                : literal(Integer.toString(column.type().equals("smallint") ? id % 30_000 : id));
    }

    private static String value(Client client, Column column) {
        if (!column.required() && client.any(5) == 1) {
            return "NULL";
        }
        int number = client.any(30_000);
        return switch (column.type()) {
            case "boolean" -> number % 2 == 0 ? "true" : "false";
            case "smallint", "integer", "bigint" -> Integer.toString(number);
            case "numeric", "real", "double precision" -> literal(number + "." + number % 100);
            case "bytea" -> literal("\\x%08x".formatted(number));
            case "date", "timestamp without time zone", "timestamp with time zone" ->
                literal("2024-0%d-1%d".formatted(1 + number % 9, number % 10));
            default -> literal(cut("it's \u00fc" + number, column));
        };
    }

    private static String cut(String text, Column column) {
        int most = column.length() == 0 ? LONGEST : Math.min(LONGEST, column.length());
        return text.length() <= most ? text : text.substring(text.length() - most);
    }

    private static String literal(String value) {
        return "'" + value.replace("'", "''") + "'";
    }
}
