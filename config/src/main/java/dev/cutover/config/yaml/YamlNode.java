// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.yaml;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A place in a YAML file that knows its own path, so that each complaint names it. A tenant's entry may stand {@link #over} its
 * template's: what it does not have is taken from there.
 */
final class YamlNode {
    /** Stands for the tenant's name in a template. */
    private static final String TENANT = "{tenant}";

    /** Mappings whose keys exclude each other. They are not completed. */
    private static final Set<String> WHOLE = Set.of("password", "migrations");

    private static final ObjectMapper YAML = new ObjectMapper(YAMLFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final String file;
    private final String path;
    private final JsonNode node;
    /** Of a template: the tenant that it is read for. */
    private final @Nullable String tenant;

    private final @Nullable YamlNode template;
    private final Set<String> asked = new LinkedHashSet<>();

    private YamlNode(String file, String path, JsonNode node, @Nullable String tenant, @Nullable YamlNode template) {
        this.file = file;
        this.path = path;
        this.node = node;
        this.tenant = tenant;
        this.template = template;
    }

    /**
     * This tenant's entry, completed by its template. A mapping of the entry is completed key by key; any other value of it is taken whole.
     * A key without a value takes the template's away.
     *
     * @param template in whose texts {@code {tenant}} stands for the tenant's name
     */
    YamlNode over(YamlNode template, String tenant) {
        return new YamlNode(file, path, node, null, template.forTenant(tenant));
    }

    /** The same, as the child of this name of this place. */
    YamlNode named(String name) {
        return new YamlNode(file, path + "." + name, node, tenant, template);
    }

    /** The same place; an entry with nothing behind its colon is one without keys. */
    YamlNode orNothing() {
        boolean empty = node.isTextual() && node.asText().isEmpty();
        return empty ? new YamlNode(file, path, MissingNode.getInstance(), tenant, template) : this;
    }

    /** A template's settings as they are for one tenant. */
    YamlNode forTenant(String name) {
        return new YamlNode(file, path, node, name, null);
    }

    /** The same place without some of its keys. */
    YamlNode without(String... keys) {
        ObjectNode rest = ((ObjectNode) node).deepCopy();
        return new YamlNode(file, path, rest.remove(List.of(keys)), tenant, template);
    }

    static YamlNode read(Path file) throws ConfigException {
        String name = file.toString();
        try {
            return parse(name, Files.readString(file));
        } catch (NoSuchFileException e) {
            throw new ConfigException(name, "", "there is no such file");
        } catch (CharacterCodingException e) {
            throw new ConfigException(name, "", "is not a text in UTF-8");
        } catch (IOException e) {
            throw new ConfigException(name, "", "cannot be read: " + e.getMessage());
        }
    }

    /** @param name what complaints call the text */
    static YamlNode parse(String name, String text) throws ConfigException {
        try {
            refuseAliases(name, text);
            JsonNode root = YAML.readTree(text);
            return new YamlNode(name, "", root == null ? MissingNode.getInstance() : root, null, null);
        } catch (MismatchedInputException e) {
            throw new ConfigException(name, "", "holds more than one YAML document");
        } catch (JsonProcessingException e) {
            String line =
                    e.getLocation() == null ? "" : "line " + e.getLocation().getLineNr() + ": ";
            String message = e.getOriginalMessage();
            int end = message.indexOf('\n');
            throw new ConfigException(
                    name,
                    "",
                    line + "not valid YAML: " + (end < 0 ? message : message.substring(0, end))
                            + (message.startsWith("Duplicate field")
                                    ? ""
                                    : YamlMistake.likelyCause(text, e.getLocation())));
        } catch (IOException e) {
            throw new ConfigException(name, "", "cannot be read: " + e.getMessage());
        }
    }

    /** The parser would take an alias for a text, its own name. */
    private static void refuseAliases(String name, String text) throws ConfigException, IOException {
        try (YAMLParser parser = (YAMLParser) YAML.createParser(text)) {
            while (parser.nextToken() != null) {
                if (parser.isCurrentAlias()) {
                    throw new ConfigException(
                            name,
                            "",
                            "line " + parser.currentTokenLocation().getLineNr() + ": YAML aliases are not understood");
                }
            }
        }
    }

    ConfigException complaint(String problem) {
        return new ConfigException(file, path, tenant == null ? problem : problem + " (for tenant " + tenant + ")");
    }

    boolean present() {
        return hasValue() || template != null;
    }

    boolean isObject() {
        return node.isObject();
    }

    /** Whether YAML reads it as a number with a fraction. */
    boolean isFraction() {
        return node.isFloatingPointNumber();
    }

    /** What stands here, in JSON; of nothing, a mapping without keys. */
    String json() {
        return hasValue() ? node.toString() : "{}";
    }

    /** The value under a key; absent if it is not there. */
    YamlNode get(String key) throws ConfigException {
        if (hasValue() && !node.isObject()) {
            throw complaint("must be a mapping of keys");
        }
        asked.add(key);
        YamlNode own = new YamlNode(file, path.isEmpty() ? key : path + "." + key, node.path(key), tenant, null);
        if (template == null) {
            return own;
        }
        YamlNode usual = template.get(key);
        if (!node.has(key)) {
            return usual.hasValue() ? usual : own;
        }
        if (!own.orNothing().hasValue()) {
            return own.orNothing();
        }
        return own.isObject() && usual.isObject() && !WHOLE.contains(key)
                ? new YamlNode(file, own.path, own.node, null, usual)
                : own;
    }

    private boolean hasValue() {
        return !node.isMissingNode() && !node.isNull();
    }

    YamlNode require(String key) throws ConfigException {
        YamlNode child = get(key);
        if (!child.present()) {
            throw child.complaint("is missing");
        }
        return child;
    }

    /** Call after the last {@link #get}: complains of a key that nobody asked for. */
    void noOtherKeys() throws ConfigException {
        for (String key : keys()) {
            if (!asked.contains(key)) {
                throw get(key).complaint("unknown key; known here: " + String.join(", ", known(key)));
            }
        }
    }

    private Set<String> keys() {
        Set<String> keys = new LinkedHashSet<>();
        node.fieldNames().forEachRemaining(keys::add);
        if (template != null) {
            keys.addAll(template.keys());
        }
        return keys;
    }

    private List<String> known(String except) {
        return asked.stream().filter(key -> !key.equals(except)).toList();
    }

    /** The children by key, in the file's order. */
    Map<String, YamlNode> children() throws ConfigException {
        Map<String, YamlNode> children = new LinkedHashMap<>();
        if (hasValue() && !node.isObject()) {
            throw complaint("must be a mapping of names");
        }
        for (String key : keys()) {
            children.put(key, get(key));
        }
        return children;
    }

    String text() throws ConfigException {
        if (!present()) {
            throw complaint("is missing");
        }
        if (!node.isValueNode()) {
            throw complaint("must be a single value");
        }
        if (node.asText().isEmpty()) {
            throw complaint("must not be empty");
        }
        return tenant == null ? node.asText() : node.asText().replace(TENANT, tenant);
    }

    String textOr(String fallback) throws ConfigException {
        return present() ? text() : fallback;
    }

    @Nullable String textOrNull() throws ConfigException {
        return present() ? text() : null;
    }

    int integer(int fallback, int least, int most) throws ConfigException {
        if (!present()) {
            return fallback;
        }
        if (!node.isInt() || node.asInt() < least || node.asInt() > most) {
            throw complaint("must be a whole number from " + least + " to " + most);
        }
        return node.asInt();
    }

    /** {@code true} or {@code false}; absent means false. */
    boolean flag() throws ConfigException {
        if (present() && !node.isBoolean()) {
            throw complaint("must be true or false");
        }
        return node.asBoolean(false);
    }

    /** A number from 0 to 1. */
    double share(double fallback) throws ConfigException {
        if (!present()) {
            return fallback;
        }
        if (!node.isNumber() || !(node.asDouble() >= 0 && node.asDouble() <= 1)) {
            throw complaint("must be a number from 0 to 1");
        }
        return node.asDouble();
    }

    /** A number that is greater than 1, or 0. */
    double factor(double fallback) throws ConfigException {
        if (!present()) {
            return fallback;
        }
        if (!node.isNumber() || !(node.asDouble() > 1 && node.asDouble() <= 1_000 || node.asDouble() == 0)) {
            throw complaint("must be a number above 1, to 1000, or 0 for no limit");
        }
        return node.asDouble();
    }

    /** A number with a unit: ms, s, m or h. */
    Duration duration(Duration fallback) throws ConfigException {
        if (!present()) {
            return fallback;
        }
        String text = text();
        String unit = text.replaceFirst("^[0-9]+", "");
        String digits = text.substring(0, text.length() - unit.length());
        if (digits.isEmpty() || digits.length() > 9) {
            throw complaint("must be a duration such as 500ms, 2s or 1m, not \"" + text + "\"");
        }
        long amount = Long.parseLong(digits);
        return switch (unit) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            case "m" -> Duration.ofMinutes(amount);
            case "h" -> Duration.ofHours(amount);
            default -> throw complaint("must be a duration such as 500ms, 2s or 1m, not \"" + text + "\"");
        };
    }

    /** A number of bytes, such as 64MB. A kilobyte has 1024 bytes, as in PostgreSQL's settings. */
    long bytes(long fallback) throws ConfigException {
        if (!present()) {
            return fallback;
        }
        String text = text();
        String unit = text.replaceFirst("^[0-9]+", "");
        String digits = text.substring(0, text.length() - unit.length());
        int shift =
                switch (unit) {
                    case "", "B" -> 0;
                    case "kB" -> 10;
                    case "MB" -> 20;
                    case "GB" -> 30;
                    default -> -1;
                };
        if (shift < 0 || digits.isEmpty() || digits.length() > 9) {
            throw complaint("must be a number of bytes such as 512kB, 64MB or 1GB, not \"" + text + "\"");
        }
        return Long.parseLong(digits) << shift;
    }

    <E extends Enum<E>> E choice(Class<E> type, E fallback) throws ConfigException {
        if (!present()) {
            return fallback;
        }
        String text = text();
        List<String> labels = new ArrayList<>();
        for (E constant : type.getEnumConstants()) {
            String label = constant.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
            if (label.equals(text)) {
                return constant;
            }
            labels.add(label);
        }
        throw complaint("must be one of " + String.join(", ", labels) + ", not \"" + text + "\"");
    }

    /** The items of a list. */
    List<YamlNode> items() throws ConfigException {
        List<YamlNode> items = new ArrayList<>();
        if (present() && !node.isArray()) {
            throw complaint("must be a list");
        }
        for (int i = 0; i < node.size(); i++) {
            items.add(new YamlNode(file, path + "[" + i + "]", node.get(i), tenant, null));
        }
        return items;
    }

    List<String> texts() throws ConfigException {
        List<String> texts = new ArrayList<>();
        for (YamlNode item : items()) {
            texts.add(item.text());
        }
        return texts;
    }
}
