// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import static dev.cutover.dualwrite.model.SqlText.literal;
import static dev.cutover.dualwrite.model.SqlText.qualified;

import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.dualwrite.backfill.Backfill;
import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.model.MirrorPlan.TablePlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/**
 * The idle side's disk has room for what the backfill has still to bring, and some to spare. PostgreSQL does not tell how
 * much is free; it is seen only where the server runs on the proxy's own machine.
 */
final class DiskHeadRoom implements Guardrail {
    private static final long SPARE_BYTES = 256L << 20;
    private static final long MEGABYTE = 1L << 20;

    @Override
    public GuardrailName name() {
        return GuardrailName.DISK_HEAD_ROOM;
    }

    @Override
    public List<Finding> check(GuardrailContext now, Connection connection) throws SQLException {
        long toCome = bytesToCome(now, connection);
        OptionalLong free;
        try (Connection idle = now.placement().idle().getConnection()) {
            free = freeBytes(idle);
        }
        if (free.isEmpty()) {
            return toCome == 0
                    ? List.of()
                    : List.of(note(
                            "the idle side needs about " + megabytes(toCome)
                                    + " more; how much its disk has left cannot be seen from here",
                            "look there"));
        }
        long needed = toCome + SPARE_BYTES;
        return free.getAsLong() >= needed
                ? List.of()
                : List.of(blocking(
                        "the idle side's disk has " + megabytes(free.getAsLong()) + " left, and about "
                                + megabytes(needed) + " should be",
                        "make room there"));
    }

    private static String megabytes(long bytes) {
        return (bytes + MEGABYTE - 1) / MEGABYTE + " MB";
    }

    /** The size of the mapped tables with their indexes, as far as they have not been copied. */
    private static long bytesToCome(GuardrailContext now, Connection connection) throws SQLException {
        Backfill.Progress progress = Backfill.progress(connection, now.plan().transition(), now.tenant());
        if (progress.done() || now.plan().tables().isEmpty()) {
            return 0;
        }
        String size = now.plan().tables().values().stream()
                .flatMap(TablePlan::servingTables)
                .distinct()
                .map(table -> literal(qualified(now.plan().servingSchema(), table)))
                // A partitioned table has no bytes of its own; its partitions have. Any other is no partition tree.
                .map(table -> "(SELECT coalesce(sum(pg_total_relation_size(relid)), pg_total_relation_size(" + table
                        + "))::bigint FROM pg_partition_tree(" + table + "))")
                .collect(Collectors.joining(" + "));
        long all =
                Rows.query(connection, "SELECT " + size, row -> row.getLong(1)).get(0);
        return progress.total() == 0 ? all : (long) (all * (1.0 - (double) progress.rows() / progress.total()));
    }

    private static OptionalLong freeBytes(Connection idle) {
        try {
            String[] place = Rows.query(
                            idle,
                            "SELECT current_setting('data_directory'), coalesce(host(inet_server_addr()), '127.0.0.1')",
                            row -> new String[] {row.getString(1), row.getString(2)})
                    .get(0);
            Path directory = Path.of(place[0]);
            boolean here = (place[1].startsWith("127.") || place[1].equals("::1")) && Files.exists(directory);
            return here ? OptionalLong.of(Files.getFileStore(directory).getUsableSpace()) : OptionalLong.empty();
        } catch (SQLException | IOException | InvalidPathException e) {
            // The role may not know the directory, or the machine does not have it.
            return OptionalLong.empty();
        }
    }
}
