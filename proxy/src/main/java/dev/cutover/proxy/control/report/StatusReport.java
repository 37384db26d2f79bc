// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.report;

import dev.cutover.config.Side;
import dev.cutover.config.adminapi.TenantStatus;
import dev.cutover.config.adminapi.WorkProgress;
import dev.cutover.dualwrite.backfill.Backfill;
import dev.cutover.dualwrite.mark.Marks;
import dev.cutover.proxy.control.store.TenantRecord;
import dev.cutover.proxy.control.tenant.ActiveMirror;
import dev.cutover.proxy.control.tenant.Tenant;
import dev.cutover.proxy.route.TenantSession;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Puts a tenant's status together. */
public final class StatusReport {
    private StatusReport() {}

    public static TenantStatus of(Tenant tenant, @Nullable String running, @Nullable WorkProgress work)
            throws SQLException {
        TenantRecord row = tenant.row();
        ActiveMirror mirroring = tenant.mirroring();
        Backfill.Progress backfill = Backfill.Progress.NONE;
        Marks.Count marks = new Marks.Count(0, 0, Duration.ZERO);
        if (mirroring != null) {
            try (Connection connection = mirroring.placement().serving().getConnection()) {
                backfill = Backfill.progress(connection, tenant.transition(), tenant.name());
                marks = new Marks(mirroring.plan()).count(connection);
            }
        }
        return new TenantStatus(
                row.tenant(),
                row.phase(),
                row.serving(),
                tenant.config().movable() ? row.serving().other() : null,
                row.epoch(),
                mirroring != null,
                new TenantStatus.Backfill(backfill.rows(), backfill.total(), backfill.done()),
                new TenantStatus.Verify(
                        row.verified().rows(),
                        row.verified().mismatches(),
                        row.verified().at()),
                new TenantStatus.Marks(
                        marks.pending(), marks.failed(), marks.oldest().toMillis()),
                new TenantStatus.SchemaVersion(version(tenant, Side.BLUE), version(tenant, Side.GREEN)),
                running,
                work,
                mirroring == null ? 0 : mirroring.rogueMarks(),
                mirroring == null ? tenant.awaitedRecovery() : mirroring.trouble(),
                mirroring == null ? List.of() : fallback(mirroring),
                tenant.revoked(),
                traffic(tenant));
    }

    private static List<TenantStatus.Fallback> fallback(ActiveMirror mirroring) {
        return mirroring.fallback().stream()
                .map(entry -> new TenantStatus.Fallback(entry.table(), entry.since(), entry.error()))
                .toList();
    }

    private static @Nullable String version(Tenant tenant, Side side) {
        String version = tenant.lastKnownSchemaVersion(side);
        return version.isEmpty() ? null : version;
    }

    private static TenantStatus.Traffic traffic(Tenant tenant) {
        List<String> pinned = tenant.routing().sessions().stream()
                .map(TenantSession::view)
                .filter(session -> !session.pinned().isEmpty())
                .map(session -> session.client() + " by " + String.join(", ", session.pinned()))
                .toList();
        return new TenantStatus.Traffic(
                tenant.routing().sessions().size(),
                tenant.routing().activeTransactions().size(),
                pinned);
    }
}
