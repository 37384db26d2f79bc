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

    RandomSchema(SplittableRandom random, Vocabulary vocabulary) {
        odd = vocabulary == Vocabulary.ODD;
        swaps = vocabulary == Vocabulary.KEYS;
        renames = random.nextInt(3) == 0;
        int count = random.nextInt(2, 5);
        for (int i = 0; i < count; i++) {
            tables.add(new RandomTable(random, i, renames, vocabulary, i == 0 ? null : tables.get(random.nextInt(i))));
        }
    }

    String ddl(Side side) {
        String schema = side == Side.BLUE ? "v1" : "v2";
        StringBuilder sql = new StringBuilder((odd ? Oddities.before(side) : "") + "CREATE TABLE " + schema
                + ".tally (owner int, what text, n int NOT NULL, PRIMARY KEY (owner, what));\n");
        tables.forEach(table -> sql.append(table.ddl(side)));
        return sql + (odd ? Oddities.after(side) : "");
    }

    Mapping mapping() {
        Map<String, TableMapping> mapped = new LinkedHashMap<>();
        tables.forEach(table -> mapped.put(table.unquoted(table.blue), table.mapping()));
        return new Mapping(mapped, Set.of());
    }
}
