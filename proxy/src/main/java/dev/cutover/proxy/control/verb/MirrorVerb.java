// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.verb;

import dev.cutover.config.Phase;
import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.config.adminapi.VerbName;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.backfill.Backfill;
import dev.cutover.dualwrite.database.Placement;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.mark.Marks;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.net.Net;
import dev.cutover.dualwrite.schema.Parking;
import dev.cutover.dualwrite.verify.Verifier;
import dev.cutover.proxy.control.guardrail.ForcedGuardrails;
import dev.cutover.proxy.control.refusal.RefusedException;
import dev.cutover.proxy.control.store.TenantRecord;
import dev.cutover.proxy.control.store.TenantRecord.Verified;
import dev.cutover.proxy.control.tenant.MirrorPlans;
import dev.cutover.proxy.control.tenant.Tenant;
import dev.cutover.proxy.control.tenant.TenantSides;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import javax.sql.DataSource;

/**
 * Starts mirroring: parks the idle side's constraints, installs the net, and publishes the route whose sessions rewrite
 * writes.
 *
 * <p>The net goes in first and waits for every transaction that has written before it was there. From then on each change
 * is marked or mirrored, whichever route its transaction took; so no session has to be held while the route changes.
 */
public final class MirrorVerb implements Verb<VerbRequest.Mirror> {
    private static final Duration LOCK_TIMEOUT = Duration.ofMillis(500);
    private static final int ATTEMPTS = 60;

    private final SecureRandom random = new SecureRandom();

    @Override
    public String name() {
        return "mirror";
    }

    @Override
    public Outcome run(Tenant tenant, VerbRequest.Mirror request, Listener listener)
            throws RefusedException, SQLException, InterruptedException {
        Outcome already = Repeated.outcome(tenant, VerbName.MIRROR);
        if (already != null) {
            return already;
        }
        Phases.require(tenant, name(), Phase.PREPARED);
        TenantSides movement = tenant.movement();
        List<Finding> lacking = PreparePreconditions.ofMaintenance(tenant, movement);
        if (!lacking.isEmpty()) {
            throw new RefusedException(
                    lacking.size() + " finding(s) refuse mirror, the first: "
                            + lacking.get(0).finding() + "; " + lacking.get(0).remedy(),
                    lacking);
        }
        String secret = newSecret();
        TenantRecord before = tenant.row();
        Set<GuardrailName> forced = ForcedGuardrails.of(request.forced());
        MirrorPlan plan =
                MirrorPlans.orRefuse(MirrorPlans.draw(movement, before.serving(), secret, before.epoch() + 1), forced);
        tenant.save(before.withToken(secret)
                .withMapping(movement.config().mapping())
                .withVerification(Verified.NEVER));
        Placement placement = movement.placement(plan.serving());
        // The schema may be of a version before this one's: prepare was run by another.
        placement.databases().forEach(movement.transition()::migrate);
        for (DataSource database : placement.databases()) {
            Transactions.Steps clear = connection -> {
                new Marks(plan).clear(connection);
                Backfill.clear(connection, plan.transition(), plan.tenant());
                Verifier.clear(connection, plan.transition(), plan.tenant());
            };
            Transactions.retrying(database, LOCK_TIMEOUT, ATTEMPTS, clear.asWork());
        }
        Transactions.Steps park =
                connection -> new Parking(plan).park(connection, plan.serving().other(), plan.idleSchema());
        Transactions.retrying(placement.idle(), LOCK_TIMEOUT, ATTEMPTS, park.asWork());
        new Net(plan).install(placement);
        new Constraints(tenant, movement).fence(plan, Duration.ofSeconds(2));
        TenantRecord row = tenant.row();
        tenant.save(row.withPhase(Phase.MIRRORING).withRoute(row.serving(), row.epoch() + 1));
        tenant.replaceMirroring(tenant.newMirroring(plan, placement));
        tenant.publishRoute();
        return new Outcome("writes to " + plan.tables().size() + " tables reach both sides from epoch "
                + tenant.row().epoch());
    }

    private String newSecret() {
        byte[] bytes = new byte[16];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
