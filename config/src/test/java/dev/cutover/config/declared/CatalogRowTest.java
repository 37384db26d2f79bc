// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.declared;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.TenantEntryException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The columns of a catalog's row, and how an entry is changed. */
class CatalogRowTest {
    private static String entry(String template, String... columns) throws TenantEntryException {
        Map<String, String> values = new HashMap<>();
        for (int i = 0; i < columns.length; i += 2) {
            values.put(columns[i], columns[i + 1]);
        }
        return new CatalogRow("shop_1", values).entry(template);
    }

    @Test
    void aRowWithItsNameAloneIsAnEmptyEntry() throws Exception {
        assertEquals("{}", entry(null));
        assertEquals("{\"template\":\"shop\"}", entry("shop"));
        assertEquals("{}", entry(null, "tags", null, "template", null, "entry", null));
    }

    @Test
    void columnsOfTheRowComeBeforeTheCatalogsTemplate() throws Exception {
        assertEquals("{\"template\":\"vip\"}", entry("shop", "template", "vip"));
        assertEquals("{\"template\":\"vip\"}", entry("shop", "entry", "{\"template\":\"vip\"}"));
        assertEquals(
                "{\"drain-timeout\":\"3s\",\"tags\":{\"plan\":\"free\",\"size\":\"3\"}}",
                entry(null, "entry", "{\"drain-timeout\": \"3s\"}", "tags", "{\"plan\": \"free\", \"size\": 3}"));
    }

    @Test
    void aColumnThatCannotBeReadIsNamed() {
        assertEquals(
                "the query has a column \"plan\"; after the first it may have template, tags, entry",
                refusal("plan", "free"));
        assertEquals("the column tags must be a JSON object, such as {\"plan\": \"free\"}", refusal("tags", "free"));
        assertEquals("the entry: is not valid JSON", refusal("entry", "{"));
        assertEquals("the entry: must be a mapping of keys", refusal("entry", "[]"));
    }

    private static String refusal(String column, String value) {
        return assertThrows(TenantEntryException.class, () -> entry(null, column, value))
                .getMessage();
    }

    @Test
    void tagsAreSetAndDropped() throws Exception {
        String entry = "{\"tags\":{\"plan\":\"free\",\"region\":\"eu\"}}";

        String changed = EntryEdit.apply(entry, "shop", Map.of("plan", "paid"), List.of("region", "none"));

        assertTrue(EntryEdit.same("{\"template\":\"shop\",\"tags\":{\"plan\":\"paid\"}}", changed), changed);
        assertFalse(EntryEdit.same(entry, changed));
    }
}
