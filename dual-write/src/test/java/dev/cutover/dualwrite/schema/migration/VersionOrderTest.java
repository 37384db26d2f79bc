// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.migration;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.config.feature.VersionNumber;
import java.util.List;
import org.flywaydb.core.api.MigrationVersion;
import org.junit.jupiter.api.Test;

/** Versions of features are compared as Flyway compares those of its migrations. */
class VersionOrderTest {
    private static final List<String> VERSIONS = List.of(
            "1",
            "1.0",
            "1.0.0",
            "01",
            "1.1",
            "1_1",
            "1.01",
            "1.2",
            "1.10",
            "1.9",
            "2",
            "2.0.1",
            "10",
            "0",
            "0.0",
            "0.1",
            "20260131120000",
            "20260131120000.1",
            "99999999999999999999999999",
            "1.99999999999999999999999999");

    @Test
    void theOrderOfVersionsIsFlyways() {
        for (String one : VERSIONS) {
            for (String other : VERSIONS) {
                int flyways = MigrationVersion.fromVersion(one).compareTo(MigrationVersion.fromVersion(other));
                int ours = VersionNumber.parse(one)
                        .orElseThrow()
                        .compareTo(VersionNumber.parse(other).orElseThrow());

                assertEquals(Integer.signum(flyways), Integer.signum(ours), one + " and " + other);
            }
        }
    }
}
