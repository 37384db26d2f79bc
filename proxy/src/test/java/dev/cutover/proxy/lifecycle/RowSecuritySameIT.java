// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.config.Mapping;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Row security that the idle side lacks, or has otherwise, is named before the flip. */
@ExtendWith(PostgresExtension.class)
class RowSecuritySameIT {
    private static final String NAME = "row-security-same";

    private static final String TABLES = """
            CREATE TABLE v1.item (id int PRIMARY KEY, owner text);
            CREATE TABLE v2.item (id int PRIMARY KEY, owner text);
            """;

    /** SIDE stands for the schema. */
    private static final String SECURED = """
            ALTER TABLE SIDE.item ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
            CREATE POLICY own ON SIDE.item USING (owner = current_user);
            CREATE POLICY seen ON SIDE.item FOR SELECT USING (EXISTS (SELECT FROM SIDE.item AS i WHERE i.id < item.id));
            """;

    @Test
    void rowSecurityThatTheIdleSideLacksStopsTheFlip(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY)) {
            cutover.app().execute(SECURED.replace("SIDE", "v1"));
            cutover.run("prepare", "mirror", "backfill", "verify");

            assertEquals(4, Findings.blocking(cutover, NAME).size());
            Findings.assertRefused(cutover, "flip", NAME);

            cutover.app().execute(SECURED.replace("SIDE", "v2"));
            assertEquals(List.of(), Findings.blocking(cutover, NAME));
            cutover.run("flip");
        }
    }

    @Test
    void aPolicyOfAWiderColumnIsNoDifference(TestServer server) throws Exception {
        String tables = """
                CREATE TABLE v1.item (id int PRIMARY KEY, owner varchar(20), made timestamp);
                CREATE TABLE v2.item (id int PRIMARY KEY, owner text, made timestamp);
                """;
        String policies = """
                ALTER TABLE SIDE.item ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
                CREATE POLICY own ON SIDE.item USING (owner = current_user);
                CREATE POLICY known ON SIDE.item USING (owner IN ('ann', 'bob'));
                CREATE POLICY recent ON SIDE.item USING (made::date = DATE '2020-01-01');
                """;
        try (Lifecycle cutover = Lifecycle.start(server, tables, Mapping.IDENTITY)) {
            cutover.app().execute(policies.replace("SIDE", "v1") + policies.replace("SIDE", "v2"));
            cutover.run("prepare", "mirror", "backfill", "verify");

            assertEquals(List.of(), Findings.blocking(cutover, NAME));
            cutover.app().execute("ALTER POLICY recent ON v2.item USING (made = DATE '2020-01-01')");
            assertEquals(1, Findings.blocking(cutover, NAME).size());
        }
    }

    @Test
    void aPolicyThatLetsThroughOtherRowsStopsTheFlip(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY)) {
            cutover.app().execute(SECURED.replace("SIDE", "v1") + SECURED.replace("SIDE", "v2"));
            cutover.app().execute("ALTER POLICY own ON v2.item USING (true)");
            cutover.run("prepare", "mirror", "backfill", "verify");

            assertEquals(
                    List.of(
                            "policy own of v1.item is PERMISSIVE FOR ALL TO PUBLIC USING (owner = CURRENT_USER), and that"
                                    + " of v2.item PERMISSIVE FOR ALL TO PUBLIC USING true"),
                    Findings.blocking(cutover, NAME));
            Findings.assertRefused(cutover, "flip", NAME);
        }
    }
}
