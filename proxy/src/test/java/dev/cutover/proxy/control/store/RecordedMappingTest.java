// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.cutover.config.Mapping;
import dev.cutover.config.Mapping.Dropped;
import dev.cutover.config.Mapping.PartMapping;
import dev.cutover.config.Mapping.TableMapping;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RecordedMappingTest {
    @Test
    void aMappingIsReadAsItWasWritten() throws SQLException {
        TableMapping people = new TableMapping(
                "people",
                "persons",
                List.of("id", "no"),
                Map.of("name", "first || ' ' || \"last\""),
                Map.of("first", "split_part(name, ' ', 1)"),
                Map.of("emails", new PartMapping(Map.of("address", "mail"), "mail IS NOT NULL")),
                Map.of("phones", new PartMapping(Map.of("number", "phone"), null)),
                new Dropped(Set.of("shoe"), Set.of("hat")),
                true);
        Mapping mapping = new Mapping(Map.of("people", people), Set.of("audit"), Map.of("audit", "kept"));

        assertEquals(mapping, RecordedMapping.read(RecordedMapping.write(mapping)));
        assertEquals(Mapping.IDENTITY, RecordedMapping.read(RecordedMapping.write(Mapping.IDENTITY)));
    }

    @Test
    void aMappingThatKnewOfNoAppendOnlyTablesIsRead() throws SQLException {
        String before = """
                {"tables": {"t": {"blue": "t", "green": "t", "key": [], "up": {}, "down": {}, "blueParts": {}, "greenParts": {},
                  "dropped": {"blue": [], "green": []}}}, "ignored": [], "reasons": {}, "problem": null}""";

        assertEquals(new Mapping(Map.of("t", TableMapping.namesake("t")), Set.of()), RecordedMapping.read(before));
    }

    @Test
    void whatIsNoMappingIsRefused() {
        assertThrows(SQLException.class, () -> RecordedMapping.read("[]"));
    }
}
