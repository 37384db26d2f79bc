// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.fuzz;

import dev.cutover.config.Mapping;
import dev.cutover.config.Mapping.TableMapping;
import dev.cutover.config.Side;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/** Some tables in two versions, and the mapping between them. */
final class RandomSchema {
    final List<RandomTable> tables = new ArrayList<>();
    /** Whether clients of one version cannot use the other. */
    final boolean renames;
    /** Whether there are {@link Oddities}. */
    final boolean odd;
    /** Whether rows exchange unique values. */
    final boolean swaps;
    /** Whether there are {@link OtherObjects}. */
    final boolean objects;

    RandomSchema(SplittableRandom random, Vocabulary vocabulary) {
        odd = vocabulary == Vocabulary.ODD;
        swaps = vocabulary == Vocabulary.KEYS;
        objects = vocabulary == Vocabulary.OBJECTS;
        renames = random.nextInt(3) == 0;
        int count = random.nextInt(2, 5);
        for (int i = 0; i < count; i++) {
            RandomTable other = i == 0 ? null : tables.get(random.nextInt(tables.size()));
            // A logged table must not refer to an unlogged one.
            RandomTable parent = other == null || other.unlogged ? null : other;
            RandomTable table = new RandomTable(random, i, renames, vocabulary, parent);
            tables.add(table);
            if (objects && i > 0 && table.inheritable()) {
                tables.add(table.heir(random, 10 + i, renames));
                if (random.nextBoolean()) {
                    tables.add(tables.get(tables.size() - 1).heir(random, 20 + i, renames));
                }
            }
        }
    }

    String ddl(Side side) {
        String schema = side == Side.BLUE ? "v1" : "v2";
        StringBuilder sql = new StringBuilder((odd ? Oddities.before(side) : "")
                + (objects ? OtherObjects.before(side) : "") + "CREATE TABLE " + schema
                + ".tally (owner int, what text, n int NOT NULL, PRIMARY KEY (owner, what));\n");
        tables.forEach(table -> sql.append(table.ddl(side)));
        return sql + (odd ? Oddities.after(side) : "") + (objects ? OtherObjects.after(side, tables) : "");
    }

    Mapping mapping() {
        Map<String, TableMapping> mapped = new LinkedHashMap<>();
        tables.forEach(table -> mapped.put(table.unquoted(table.blue), table.mapping()));
        return new Mapping(mapped, Set.of());
    }
}
