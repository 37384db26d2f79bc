// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.verb;

import dev.cutover.config.Side;
import dev.cutover.dualwrite.catalog.CatalogReader;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.schema.SchemaDrop;
import dev.cutover.proxy.control.refusal.RefusedException;
import dev.cutover.proxy.control.tenant.Tenant;
import dev.cutover.proxy.control.tenant.TenantSides;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/** Drops a side's schema where nothing outside of it goes with it. */
public final class DropSide {
    private static final Duration LOCK_TIMEOUT = Duration.ofMillis(500);
    private static final int ATTEMPTS = 20;

    private DropSide() {}

    /** @throws RefusedException if objects outside of the schema depend on it; then nothing has changed */
    static void drop(Tenant tenant, Side side) throws RefusedException, SQLException, InterruptedException {
        refuse(tenant, side, run(tenant, side, true));
    }

    static boolean exists(Tenant tenant, Side side) throws RefusedException, SQLException {
        TenantSides movement = tenant.movement();
        try (Connection connection = movement.database(side).getConnection()) {
            return CatalogReader.schemaExists(connection, movement.schema(side));
        }
    }

    /** @throws RefusedException if {@link #drop} would be */
    static void tryOut(Tenant tenant, Side side) throws RefusedException, SQLException, InterruptedException {
        refuse(tenant, side, run(tenant, side, false));
    }

    private static List<String> run(Tenant tenant, Side side, boolean keep)
            throws RefusedException, SQLException, InterruptedException {
        TenantSides movement = tenant.movement();
        return Transactions.retrying(
                movement.database(side),
                LOCK_TIMEOUT,
                ATTEMPTS,
                connection -> SchemaDrop.drop(connection, movement.schema(side), keep));
    }

    private static void refuse(Tenant tenant, Side side, List<String> dependents) throws RefusedException {
        if (!dependents.isEmpty()) {
            throw new RefusedException("the schema of " + side.label() + " is not dropped, since these outside of it"
                    + " depend on it: " + String.join(", ", dependents) + "; drop or change them first");
        }
    }
}
