// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.declared;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cutover.config.TenantEntryException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A row of the query of {@code tenants-from}.
 *
 * @param name its first column
 * @param columns the other columns by name; null for NULL
 */
public record CatalogRow(String name, Map<String, @Nullable String> columns) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** What the columns after the first may be called. */
    public static final List<String> COLUMNS = List.of("template", "tags", "entry");

    /**
     * The tenant's entry.
     *
     * @param template completes the tenant if the row names none; null for none
     * @throws TenantEntryException if a column is not as it should be
     */
    public String entry(@Nullable String template) throws TenantEntryException {
        for (String column : columns.keySet()) {
            if (!COLUMNS.contains(column)) {
                throw new TenantEntryException("the query has a column \"" + column + "\"; after the first it may have "
                        + String.join(", ", COLUMNS));
            }
        }
        String named = columns.get("template");
        String own = columns.get("entry");
        String entry = own == null ? "{}" : own;
        String chosen = named == null && !names(entry, "template") ? template : named;
        return EntryEdit.apply(entry, chosen, tags(), List.of());
    }

    private static boolean names(String entry, String key) {
        try {
            return JSON.readTree(entry).has(key);
        } catch (JsonProcessingException e) {
            return false;
        }
    }

    private Map<String, String> tags() throws TenantEntryException {
        String text = columns.get("tags");
        Map<String, String> tags = new LinkedHashMap<>();
        if (text == null) {
            return tags;
        }
        try {
            JsonNode mapping = JSON.readTree(text);
            if (mapping.isObject()) {
                mapping.fields()
                        .forEachRemaining(
                                tag -> tags.put(tag.getKey(), tag.getValue().asText()));
                return tags;
            }
        } catch (JsonProcessingException e) {
            // The same answer.
        }
        throw new TenantEntryException("the column tags must be a JSON object, such as {\"plan\": \"free\"}");
    }
}
