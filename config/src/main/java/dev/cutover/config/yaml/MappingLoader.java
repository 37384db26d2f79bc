// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.yaml;

import dev.cutover.config.Mapping;
import dev.cutover.config.Mapping.Dropped;
import dev.cutover.config.Mapping.PartMapping;
import dev.cutover.config.Mapping.TableMapping;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/** Reads a mapping file. */
public final class MappingLoader {
    /** By table, the place in the file where it is first named. */
    private final Map<String, String> blueTables = new LinkedHashMap<>();

    private final Map<String, String> greenTables = new LinkedHashMap<>();

    private MappingLoader() {}

    public static Mapping load(Path file) throws ConfigException {
        return new MappingLoader().mapping(YamlNode.read(file));
    }

    private Mapping mapping(YamlNode root) throws ConfigException {
        Map<String, TableMapping> tables = new LinkedHashMap<>();
        for (Map.Entry<String, YamlNode> entry : root.get("tables").children().entrySet()) {
            tables.put(entry.getKey(), table(entry.getKey(), entry.getValue()));
        }
        YamlNode ignore = root.get("ignore");
        Set<String> ignored = new LinkedHashSet<>();
        Map<String, String> reasons = new LinkedHashMap<>();
        for (YamlNode item : ignore.items()) {
            String table = ignored(item, reasons);
            ignored.add(table);
            if (blueTables.containsKey(table)) {
                throw ignore.complaint("\"" + table + "\" also stands under " + blueTables.get(table));
            }
        }
        root.noOtherKeys();
        return new Mapping(tables, ignored, reasons);
    }

    /** A name, or {@code {table: NAME, reason: TEXT}}. */
    private static String ignored(YamlNode item, Map<String, String> reasons) throws ConfigException {
        if (!item.isObject()) {
            return item.text();
        }
        String table = item.require("table").text();
        reasons.put(table, item.require("reason").text());
        item.noOtherKeys();
        return table;
    }

    private TableMapping table(String blue, YamlNode node) throws ConfigException {
        String green = node.get("green").textOr(blue);
        claim(blueTables, node, blue, "tables", "blue");
        claim(greenTables, node.get("green"), green, "tables." + blue, "green");
        TableMapping table = new TableMapping(
                blue,
                green,
                node.get("key").texts(),
                expressions(node.get("up")),
                expressions(node.get("down")),
                parts(node.get("blue-parts"), blueTables, "tables." + blue + ".blue-parts", "down", "blue"),
                parts(node.get("green-parts"), greenTables, "tables." + blue + ".green-parts", "up", "green"),
                new Dropped(
                        new LinkedHashSet<>(node.get("drop").texts()),
                        new LinkedHashSet<>(node.get("drop-green").texts())),
                node.get("append-only").flag());
        node.noOtherKeys();
        if (table.appendOnly() && !table.key().isEmpty()) {
            throw node.get("key").complaint("a table that is append-only moves without a key");
        }
        if (table.appendOnly()
                && !(table.blueParts().isEmpty() && table.greenParts().isEmpty())) {
            throw node.get("append-only").complaint("a table that is append-only must be one table on either side");
        }
        return table;
    }

    private static Map<String, PartMapping> parts(
            YamlNode node, Map<String, String> claimed, String path, String columns, String side)
            throws ConfigException {
        Map<String, PartMapping> parts = new LinkedHashMap<>();
        for (Map.Entry<String, YamlNode> entry : node.children().entrySet()) {
            YamlNode part = entry.getValue();
            claim(claimed, part, entry.getKey(), path, side);
            Map<String, String> expressions = expressions(part.get(columns));
            YamlNode when = part.get("when");
            parts.put(entry.getKey(), new PartMapping(expressions, when.present() ? when.text() : null));
            part.noOtherKeys();
        }
        return parts;
    }

    /** Each table is named for one thing. */
    private static void claim(Map<String, String> claimed, YamlNode node, String table, String path, String side)
            throws ConfigException {
        String before = claimed.putIfAbsent(table, path);
        if (before != null) {
            throw node.complaint("the " + side + " table \"" + table + "\" already stands under " + before);
        }
    }

    private static Map<String, String> expressions(YamlNode node) throws ConfigException {
        Map<String, String> expressions = new LinkedHashMap<>();
        for (Map.Entry<String, YamlNode> entry : node.children().entrySet()) {
            expressions.put(entry.getKey(), entry.getValue().text());
        }
        return expressions;
    }
}
