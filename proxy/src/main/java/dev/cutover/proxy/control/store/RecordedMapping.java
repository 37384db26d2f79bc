// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cutover.config.Mapping;
import dev.cutover.config.adminapi.Json;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** A mapping as the control database keeps it. */
public final class RecordedMapping {
    private static final ObjectMapper JSON = Json.mapper();

    private RecordedMapping() {}

    static @Nullable String write(@Nullable Mapping mapping) {
        try {
            return mapping == null ? null : JSON.writeValueAsString(mapping);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a mapping is made of texts, lists and maps", e);
        }
    }

    /** @throws SQLException if the text is no mapping; then a later version of the proxy has written it */
    static @Nullable Mapping read(@Nullable String json) throws SQLException {
        try {
            return json == null ? null : JSON.readValue(json, Mapping.class);
        } catch (JsonProcessingException e) {
            throw new SQLException("the control database holds a mapping that this version cannot read", e);
        }
    }
}
