// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.declared;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cutover.config.TenantEntryException;
import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Changes a tenant's entry, which is a JSON text. */
public final class EntryEdit {
    private static final ObjectMapper JSON = new ObjectMapper();

    private EntryEdit() {}

    /**
     * The entry with another template and other tags.
     *
     * @param template null: as it was
     * @param tags to be set, by name
     * @param untagged names of tags to be dropped
     * @throws TenantEntryException if the entry is no mapping, or its tags are none
     */
    public static String apply(
            String entry, @Nullable String template, Map<String, String> tags, Collection<String> untagged)
            throws TenantEntryException {
        ObjectNode root = mapping(entry, "the entry");
        if (template != null) {
            root.put("template", template);
        }
        if (!tags.isEmpty() || !untagged.isEmpty()) {
            JsonNode before = root.path("tags");
            boolean none = before.isMissingNode()
                    || before.isNull()
                    || before.isTextual() && before.asText().isEmpty();
            ObjectNode after = none ? JSON.createObjectNode() : mapping(before.toString(), "the entry: tags");
            tags.forEach(after::put);
            after.remove(untagged);
            root.set("tags", after);
        }
        return root.toString();
    }

    /** Whether two entries say the same. The order of keys does not matter. */
    public static boolean same(String entry, String other) {
        try {
            return JSON.readTree(entry).equals(JSON.readTree(other));
        } catch (JsonProcessingException e) {
            return false;
        }
    }

    private static ObjectNode mapping(String text, String place) throws TenantEntryException {
        try {
            if (JSON.readTree(text) instanceof ObjectNode mapping) {
                return mapping;
            }
        } catch (JsonProcessingException e) {
            throw new TenantEntryException(place + ": is not valid JSON", e);
        }
        throw new TenantEntryException(place + ": must be a mapping of keys");
    }
}
