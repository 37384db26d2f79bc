// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.dualwrite.database.Placement.OneDatabase;
import dev.cutover.dualwrite.schema.difference.LargeObjects;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** The large objects that rows refer to are in the idle side's database. A backfill copies only their numbers. */
final class LargeObjectsThere implements Guardrail {
    @Override
    public GuardrailName name() {
        return GuardrailName.LARGE_OBJECTS_THERE;
    }

    @Override
    public List<Finding> check(GuardrailContext now, Connection connection) throws SQLException {
        if (now.placement() instanceof OneDatabase) {
            return List.of();
        }
        try (Connection idle = now.placement().idle().getConnection()) {
            return LargeObjects.lacking(connection, idle, now.plan()).stream()
                    .map(lacking -> blocking(
                            lacking.values() + " values of " + now.plan().servingSchema() + "." + lacking.table() + "."
                                    + lacking.column()
                                    + " refer to large objects that the idle side's database lacks",
                            "copy the large objects with their numbers (pg_dump --blobs), or keep their bytes in a bytea"
                                    + " column; if the numbers mean something else, flip with --force "
                                    + name().label()))
                    .toList();
        }
    }
}
