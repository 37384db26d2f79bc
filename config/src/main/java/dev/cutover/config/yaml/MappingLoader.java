package dev.cutover.config.yaml;

import dev.cutover.config.Mapping;
import dev.cutover.config.Mapping.TableMapping;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/** Reads a mapping file. */
public final class MappingLoader {
    private MappingLoader() {}

    public static Mapping load(Path file) throws ConfigException {
        YamlNode root = YamlNode.read(file);
        Map<String, TableMapping> tables = new LinkedHashMap<>();
        Map<String, String> blueByGreen = new LinkedHashMap<>();
        for (Map.Entry<String, YamlNode> entry : root.get("tables").children().entrySet()) {
            YamlNode table = entry.getValue();
            tables.put(
                    entry.getKey(),
                    new TableMapping(
                            entry.getKey(),
                            table.get("green").textOr(entry.getKey()),
                            table.get("key").texts(),
                            expressions(table.get("up")),
                            expressions(table.get("down"))));
            table.noOtherKeys();
            String green = tables.get(entry.getKey()).green();
            String before = blueByGreen.putIfAbsent(green, entry.getKey());
            if (before != null) {
                throw table.get("green").complaint("\"" + green + "\" is already the green table of " + before);
            }
        }
        YamlNode ignore = root.get("ignore");
        Set<String> ignored = new LinkedHashSet<>(ignore.texts());
        for (String table : ignored) {
            if (tables.containsKey(table)) {
                throw ignore.complaint("\"" + table + "\" also stands under tables");
            }
        }
        root.noOtherKeys();
        return new Mapping(tables, ignored);
    }

    private static Map<String, String> expressions(YamlNode node) throws ConfigException {
        Map<String, String> expressions = new LinkedHashMap<>();
        for (Map.Entry<String, YamlNode> entry : node.children().entrySet()) {
            expressions.put(entry.getKey(), entry.getValue().text());
        }
        return expressions;
    }
}
