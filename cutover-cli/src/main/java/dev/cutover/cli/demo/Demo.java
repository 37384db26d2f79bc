// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.demo;

import dev.cutover.cli.demo.DemoReport.TenantReport;
import dev.cutover.cli.exit.AdminException;
import dev.cutover.config.adminapi.VerbName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The whole way of two tenants under load, told as it happens: acme moves from schema version 1 to 2, back, and forth
 * again, within one database; initech does so to another database, with a writer that bypasses the proxy; a third tenant
 * stays. Then twelve small tenants move in a campaign, and one of them goes back. At the end everything that their applications were told is held against the tables.
 */
public final class Demo {
    private static final int ACME_WORKERS = 6;
    private static final int GLOBEX_WORKERS = 3;
    private static final int INITECH_WORKERS = 3;
    private static final long BREATH_MILLIS = 3_000;
    private static final double DRAIN_TIMEOUT_MILLIS = 2_000;
    private static final String VERSION_1_NAME = "name";
    private static final String VERSION_2_NAME = "first_name || ' ' || last_name";

    private final Sandbox sandbox;
    private final DemoTimeline timeline;
    private final ClientLatencies latencies = new ClientLatencies();
    private final TenantMove acmeMove;
    private final TenantMove initechMove;

    public Demo(Sandbox sandbox, java.io.PrintStream out) {
        this.sandbox = sandbox;
        this.timeline = new DemoTimeline(out);
        this.acmeMove = new TenantMove("acme", sandbox.admin(), timeline, latencies);
        this.initechMove = new TenantMove("initech", sandbox.admin(), timeline, latencies);
    }

    /** Runs it all; takes about two minutes. */
    public DemoReport run() throws AdminException, SQLException, InterruptedException {
        timeline.event(
                "PostgreSQL %s on port %d, Cutover on port %d; tenants acme, globex and initech, 50,000 rows each",
                sandbox.postgresVersion(), sandbox.postgresPort(), sandbox.port());
        Workload acme = new Workload(latencies);
        Workload globex = new Workload(latencies);
        Workload initech = new Workload(latencies);
        BypassingWriter bypassing =
                new BypassingWriter(initech.ledger(), sandbox.bypass("initech", ShopData.DATABASE, "initech_v1"));
        acme.start(sandbox, "acme", ACME_WORKERS);
        globex.start(sandbox, "globex", GLOBEX_WORKERS);
        initech.start(sandbox, "initech", INITECH_WORKERS);
        bypassing.start();
        timeline.event(
                "%d connections of acme, %d of globex and %d of initech read and write; one more of initech bypasses the"
                        + " proxy",
                ACME_WORKERS, GLOBEX_WORKERS, INITECH_WORKERS);
        try (acme;
                globex;
                initech;
                bypassing) {
            move(acme);
            moveToAnotherDatabase(initech, bypassing);
        }
        return prove(acme, globex, initech, bypassing);
    }

    private void move(Workload acme) throws AdminException, InterruptedException {
        breathe("acme", acme);
        acmeMove.step(VerbName.PREPARE);
        acmeMove.step(VerbName.MIRROR);
        breathe("acme", acme);
        acmeMove.step(VerbName.BACKFILL);
        acmeMove.verify();
        breathe("acme", acme);
        acmeMove.flip();
        breathe("acme", acme);
        acmeMove.verify();
        acmeMove.rollback();
        breathe("acme", acme);
        acmeMove.verify();
        acmeMove.flip();
        breathe("acme", acme);
        acmeMove.verify();
    }

    private void moveToAnotherDatabase(Workload initech, BypassingWriter bypassing)
            throws AdminException, SQLException, InterruptedException {
        initechMove.step(VerbName.PREPARE);
        initechMove.step(VerbName.MIRROR);
        initechMove.step(VerbName.BACKFILL);
        initechMove.verify();
        breathe("initech", initech);
        bypassing.during(() -> {
            initechMove.flip();
            return sandbox.bypass("initech", Sandbox.OTHER_DATABASE, "initech_v2");
        });
        breathe("initech", initech);
        initechMove.verify();
        bypassing.during(() -> {
            initechMove.rollback();
            return sandbox.bypass("initech", ShopData.DATABASE, "initech_v1");
        });
        bypassing.during(() -> {
            initechMove.flip();
            return sandbox.bypass("initech", Sandbox.OTHER_DATABASE, "initech_v2");
        });
        breathe("initech", initech);
        initechMove.verify();
    }

    private DemoReport prove(Workload acme, Workload globex, Workload initech, BypassingWriter bypassing)
            throws AdminException, SQLException, InterruptedException {
        for (TenantMove move : List.of(acmeMove, initechMove)) {
            move.verify();
            move.step(VerbName.COMPLETE);
        }
        long lost;
        try (Connection direct = sandbox.connectDirectly(ShopData.DATABASE);
                Connection other = sandbox.connectDirectly(Sandbox.OTHER_DATABASE)) {
            lost = acme.ledger().lostWrites(direct, "acme_v2", VERSION_2_NAME)
                    + globex.ledger().lostWrites(direct, "globex_v1", VERSION_1_NAME)
                    + initech.ledger().lostWrites(other, "initech_v2", VERSION_2_NAME);
        }
        List<String> errors = new ArrayList<>(bypassing.errors());
        long facts = 0;
        long statements = bypassing.writes();
        for (Workload workload : List.of(acme, globex, initech)) {
            errors.addAll(workload.errors());
            facts += workload.ledger().size();
            statements += workload.statements();
        }
        BranchCampaign.Outcome campaign = new BranchCampaign(sandbox, timeline).run();
        errors.addAll(campaign.errors());
        errors.stream().limit(10).forEach(error -> timeline.event("CLIENT ERROR %s", error));
        long mismatches = acmeMove.mismatches() + initechMove.mismatches();
        boolean holdsInTime =
                acmeMove.heldNoLongerThan(DRAIN_TIMEOUT_MILLIS) && initechMove.heldNoLongerThan(DRAIN_TIMEOUT_MILLIS);
        boolean proven =
                errors.isEmpty() && lost == 0 && mismatches == 0 && holdsInTime && facts > 0 && campaign.proven();
        timeline.event("latency during flips:  %s", latencies.insideFlips());
        timeline.event("latency outside flips: %s", latencies.outsideFlips());
        timeline.event(
                "%s: %,d statements, %d client errors; %,d acknowledged facts, %d lost; %,d rows equal through the"
                        + " mapping, %d differ",
                proven ? "PROVEN" : "NOT PROVEN",
                statements,
                errors.size(),
                facts,
                lost,
                acmeMove.rowsVerified() + initechMove.rowsVerified(),
                mismatches);
        return new DemoReport(
                proven,
                statements,
                errors.size(),
                lost,
                facts,
                List.of(acmeMove.report(), new TenantReport("globex", 0, 0, List.of(), 0, 0), initechMove.report()),
                campaign,
                latencies.all(),
                latencies.insideFlips(),
                latencies.outsideFlips(),
                Math.round(timeline.seconds() * 10) / 10.0);
    }

    private void breathe(String tenant, Workload workload) throws InterruptedException {
        long before = workload.statements();
        TimeUnit.MILLISECONDS.sleep(BREATH_MILLIS);
        timeline.event(
                "  %s runs: %,.0f statements/s", tenant, (workload.statements() - before) / (BREATH_MILLIS / 1e3));
    }
}
