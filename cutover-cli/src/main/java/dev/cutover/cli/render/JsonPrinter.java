// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.render;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cutover.config.adminapi.Json;
import java.io.PrintStream;

/** Prints records as JSON, one document a call. */
public final class JsonPrinter {
    private static final ObjectMapper MAPPER = Json.mapper();

    private JsonPrinter() {}

    /** In one line, for output that is a sequence of documents. */
    public static void line(PrintStream out, Object value) {
        try {
            out.println(MAPPER.writeValueAsString(value));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }

    public static void print(PrintStream out, Object value) {
        try {
            out.println(MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(value));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
