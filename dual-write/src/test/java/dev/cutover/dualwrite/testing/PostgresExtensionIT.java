// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PostgresExtension.class)
class PostgresExtensionIT {
    @Test
    void everyDatabaseIsFresh(TestDatabase first, TestDatabase second) throws Exception {
        first.execute("CREATE TABLE t (id int)");

        List<String> tables = second.query("SELECT relname FROM pg_class WHERE relname = 't'");

        assertEquals(List.of(), tables);
    }
}
