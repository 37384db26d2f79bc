package dev.cutover.config.yaml;

import dev.cutover.config.Mapping;
import dev.cutover.config.Mapping.TableMapping;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;

/** Reads a mapping file. */
public final class MappingLoader {
    private MappingLoader() {}

    public static Mapping load(Path file) throws ConfigException {
        YamlNode root = YamlNode.read(file);
        Map<String, TableMapping> tables = new LinkedHashMap<>();
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
        }
        Mapping mapping =
                new Mapping(tables, new LinkedHashSet<>(root.get("ignore").texts()));
        root.noOtherKeys();
        return mapping;
    }

    private static Map<String, String> expressions(YamlNode node) throws ConfigException {
        Map<String, String> expressions = new LinkedHashMap<>();
        for (Map.Entry<String, YamlNode> entry : node.children().entrySet()) {
            expressions.put(entry.getKey(), entry.getValue().text());
        }
        return expressions;
    }
}
