// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.doctor;

import dev.cutover.config.Mapping;
import dev.cutover.config.Phase;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.proxy.control.operation.Recovery;
import dev.cutover.proxy.control.refusal.RefusedException;
import dev.cutover.proxy.control.store.TenantRecord;
import dev.cutover.proxy.control.tenant.Tenant;
import dev.cutover.proxy.control.verb.BackfillVerb;
import dev.cutover.proxy.control.verb.FlipVerb;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** The tenant's row in the control database, what this proxy does, and what somebody should be at. */
public final class ExaminePhase implements Examination {
    private static final String PLACE = "the control database";

    @Override
    public String name() {
        return "phase";
    }

    @Override
    public List<Symptom> examine(DoctorContext patient) {
        Tenant tenant = patient.tenant();
        TenantRecord recorded = patient.recorded();
        TenantRecord mine = tenant.row();
        List<Symptom> symptoms = new ArrayList<>(mapping(tenant));
        if (!tenant.doubtful() && isForeign(recorded, mine)) {
            return List.of(incurable(
                    PLACE,
                    "the row says " + described(recorded) + "; this proxy goes by " + described(mine),
                    "somebody else has changed the row; after a restart the tenant is what the row says, whatever was"
                            + " written meanwhile",
                    "find out who did; put the row back if it is wrong, restart the proxy, and verify"));
        }
        if (recorded.phase() == Phase.SWITCHING || tenant.doubtful() || !Recovery.atWork(tenant)) {
            symptoms.add(curable(
                    PLACE,
                    "the tenant is " + recorded.phase() + ", but no operation is running on it"
                            + (tenant.routing().gate().closed() ? ", and its transactions are held" : ""),
                    "it neither flips nor mirrors as its row says",
                    "puts it to work as a restart would: a flip that was not recorded is undone",
                    listener -> putToWork(tenant)));
        }
        TenantRecord.PendingWork pending = recorded.pendingWork();
        if (pending != null) {
            symptoms.add(curable(
                    PLACE,
                    pending + " is recorded as pending, but no operation is at it",
                    switch (pending) {
                        case BACKFILL -> "the idle side is not complete, so that nothing can flip";
                        case CLEANUP -> "what mirroring needed is still in the databases and slows writers";
                        case VALIDATION -> "foreign keys of the serving side are not proved";
                    },
                    "resumes it",
                    listener -> {
                        putToWork(tenant);
                        if (pending == TenantRecord.PendingWork.BACKFILL) {
                            BackfillVerb.again().run(tenant, new VerbRequest.Backfill(null), listener);
                        } else if (pending == TenantRecord.PendingWork.VALIDATION) {
                            FlipVerb.prove(tenant);
                        }
                    }));
        }
        return symptoms;
    }

    /** Why the tenant is not recovered. Other examinations would find what follows from that. */
    static List<Symptom> degraded(Tenant tenant) {
        TenantRecord row = tenant.row();
        String serving = tenant.phase() == Phase.SWITCHING
                ? "its transactions are held until the interrupted flip is undone"
                : row.serving().label() + " serves it, its net marks what clients write, and nothing is carried over";
        return List.of(new ExaminePhase()
                .incurable(
                        "tenant " + tenant.name() + " in phase " + row.phase(),
                        "it could not be recovered: " + tenant.awaitedRecovery(),
                        serving,
                        "remove the reason; the proxy retries. Or end the transition: run cutover abort "
                                + tenant.name()));
    }

    private List<Symptom> mapping(Tenant tenant) {
        Mapping configured = tenant.config().mapping();
        Mapping recorded = tenant.row().mapping();
        String place = "tenants." + tenant.name() + ".mapping";
        if (configured.problem() != null) {
            return List.of(incurable(
                    place,
                    configured.problem(),
                    recorded == null
                            ? "the tenant cannot move"
                            : "the transition uses the mapping that it began with; the next one cannot begin",
                    "correct the mapping file, then run cutover reload"));
        }
        if (recorded != null && !recorded.equals(configured)) {
            return List.of(incurable(
                    place,
                    "the file has changed since mirroring began",
                    "the transition uses the mapping that it began with",
                    "to use the file, end the transition and begin another one"));
        }
        return List.of();
    }

    /** Whether the row tells of a change that this proxy has not made. */
    private static boolean isForeign(TenantRecord recorded, TenantRecord mine) {
        return recorded.serving() != mine.serving()
                || recorded.epoch() != mine.epoch()
                || !Objects.equals(recorded.token(), mine.token())
                || recorded.phase() != mine.phase() && recorded.phase() != Phase.SWITCHING;
    }

    private static void putToWork(Tenant tenant) throws SQLException, RefusedException, InterruptedException {
        tenant.reload();
        Recovery.putToWork(tenant);
    }

    private static String described(TenantRecord row) {
        return row.phase() + ", " + row.serving().label() + " serves, epoch " + row.epoch();
    }
}
