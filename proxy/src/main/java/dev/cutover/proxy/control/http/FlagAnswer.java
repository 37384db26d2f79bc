// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.cutover.config.feature.FeatureState;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The bodies that OFREP answers by. */
sealed interface FlagAnswer {
    /** A tenant that the feature is meant for: its version has decided. */
    String TARGETING_MATCH = "TARGETING_MATCH";
    /** A tenant that the feature is not meant for. */
    String DEFAULT = "DEFAULT";

    /** A flag has a value. */
    record Value(String key, boolean value, String reason, String variant, Map<String, String> metadata)
            implements FlagAnswer {
        static Value of(FeatureState feature) {
            Map<String, String> metadata = new LinkedHashMap<>();
            metadata.put("needs", feature.needs());
            if (!feature.version().isEmpty()) {
                metadata.put("version", feature.version());
            }
            metadata.put("why", feature.reason());
            return new Value(
                    feature.name(),
                    feature.on(),
                    feature.selected() ? TARGETING_MATCH : DEFAULT,
                    feature.value(),
                    metadata);
        }
    }

    /** The values of all flags. */
    record Values(List<Value> flags) implements FlagAnswer {}

    /** What was asked cannot be evaluated. @param key null if all flags were asked for */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Failure(@Nullable String key, ErrorCode errorCode, String errorDetails) implements FlagAnswer {}

    /** The error codes of OpenFeature that can occur here. */
    enum ErrorCode {
        FLAG_NOT_FOUND,
        INVALID_CONTEXT,
        PARSE_ERROR,
        TARGETING_KEY_MISSING
    }
}
