// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.campaign;

import dev.cutover.config.CampaignsConfig;
import dev.cutover.config.Phase;
import dev.cutover.config.adminapi.CampaignStatus;
import dev.cutover.config.adminapi.CampaignTenant.State;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.VerbName;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.config.campaign.CampaignManifest;
import dev.cutover.config.campaign.CampaignManifest.Completion;
import dev.cutover.config.campaign.CampaignManifest.GateSide;
import dev.cutover.config.campaign.CampaignManifest.Strategy;
import dev.cutover.config.text.OneLine;
import dev.cutover.config.time.Deadline;
import dev.cutover.config.yaml.CampaignLoader;
import dev.cutover.config.yaml.ConfigException;
import dev.cutover.proxy.control.fleet.OperationRequests;
import dev.cutover.proxy.control.store.ControlStore;
import dev.cutover.proxy.control.store.JointFlips;
import dev.cutover.proxy.control.store.TenantRecord;
import dev.cutover.proxy.control.tenant.Tenant;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the campaigns that this proxy leads: looks at their rows and takes the next step of each tenant. It remembers nothing between two
 * looks, so another proxy continues where this one has ended.
 */
final class CampaignRunner implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CampaignRunner.class);
    private static final long LOOK_MILLIS = 500;
    private static final long IDLE_LOOK_MILLIS = 2_000;
    /** How many tenants are looked at side by side; the pool of the control database has as many connections. */
    private static final int THREADS = 4;

    private static final Duration FIGURES_EVERY = Duration.ofSeconds(5);
    /** In figures taken. */
    private static final int FORGET_EVERY = 120;

    private final ControlStore control;
    private final CampaignStore store;
    private final OperationRequests requests;
    private final Function<String, @Nullable Tenant> tenants;
    private final FigureTaker figures;
    private final @Nullable Path commands;
    private final ExecutorService threads =
            Executors.newFixedThreadPool(THREADS, task -> daemon(task, "campaign-step"));
    private final Thread thread = daemon(this::run, "campaign");
    private volatile boolean closed;
    private boolean failed;
    private Deadline nextFigures = Deadline.after(FIGURES_EVERY);
    private int taken;
    /** The campaigns whose trouble is logged. */
    private final Set<String> troubled = new HashSet<>();

    CampaignRunner(
            ControlStore control,
            CampaignStore store,
            OperationRequests requests,
            Function<String, @Nullable Tenant> tenants,
            CampaignsConfig config) {
        this.control = control;
        this.store = store;
        this.requests = requests;
        this.tenants = tenants;
        this.figures = new FigureTaker(control.database(), tenants);
        this.commands = config.commands();
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    void start() {
        thread.start();
    }

    private void run() {
        try {
            while (!closed) {
                boolean busy = false;
                try {
                    takeFigures();
                    busy = look();
                    failed = false;
                } catch (SQLException | RuntimeException | Error e) {
                    if (!failed && !closed) {
                        failed = true;
                        LOG.warn(
                                "campaigns wait reason={}",
                                e instanceof Exception known ? OneLine.of(known) : e.toString());
                    }
                }
                Thread.sleep(busy ? LOOK_MILLIS : IDLE_LOOK_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void takeFigures() throws SQLException {
        if (nextFigures.passed()) {
            nextFigures = Deadline.after(FIGURES_EVERY);
            figures.take(control.membership().id());
            if (++taken % FORGET_EVERY == 0) {
                figures.forget();
            }
        }
    }

    /** @return whether this proxy leads a campaign */
    private boolean look() throws SQLException, InterruptedException {
        if (!control.membership().judges()) {
            return false;
        }
        String self = control.membership().id();
        List<CampaignRow> led = store.led(self);
        for (CampaignRow campaign : led) {
            look(campaign, self);
        }
        return !led.isEmpty();
    }

    /** The trouble of one campaign does not stop the others. */
    private void look(CampaignRow campaign, String self) throws InterruptedException {
        try {
            new Look(campaign, CampaignLoader.load("manifest", campaign.manifest()), self).run();
            troubled.remove(campaign.name());
        } catch (ConfigException | SQLException | RuntimeException e) {
            if (troubled.add(campaign.name()) && !closed) {
                LOG.warn("campaign waits campaign={} reason={}", campaign.name(), OneLine.of(e));
            }
        }
    }

    /** One look at one campaign. */
    private final class Look {
        private final CampaignRow campaign;
        private final CampaignManifest manifest;
        private final String self;
        private final Steps steps;
        private final SqlGates gates;
        private final FigureGates compared;
        private final CommandGate command;

        Look(CampaignRow campaign, CampaignManifest manifest, String self) {
            this.campaign = campaign;
            this.manifest = manifest;
            this.self = self;
            this.steps = new Steps(manifest, campaign.state(), campaign.now());
            this.gates = new SqlGates(manifest.gates().sql());
            this.compared = new FigureGates(manifest.gates(), figures::between);
            this.command = new CommandGate(manifest.gates().command(), commands);
        }

        void run() throws SQLException, InterruptedException {
            Waves waves = new Waves(manifest, store.moves(campaign.name()));
            if (waves.ended()) {
                if (store.end(campaign.name(), self)) {
                    LOG.info("campaign has ended campaign={}", campaign.name());
                }
                return;
            }
            List<Callable<@Nullable Void>> acts = new ArrayList<>();
            for (Move move : waves.moves()) {
                Move failed = waves.holdsBack(move);
                if (failed != null) {
                    acts.add(() -> leaveBehind(move, failed));
                } else if (move.endedAt() == null && (cancelling() || acts(move, waves))) {
                    acts.add(() -> advance(move, waves.bakesUntil(move.wave())));
                }
            }
            for (List<Move> wave : waves.together(campaign.now())) {
                if (wave.stream().allMatch(steps::begins)) {
                    acts.add(() -> flipTogether(wave));
                }
            }
            for (Move move : waves.turns()) {
                if (steps.begins(move) && waves.holdsBack(move) == null) {
                    acts.add(() -> take(steps.begun(move)));
                }
            }
            for (Future<@Nullable Void> act : threads.invokeAll(acts)) {
                await(act);
            }
        }

        private static boolean acts(Move move, Waves waves) {
            return move.state() == State.DONE ? waves.completes(move) : move.state() != State.WAITING;
        }

        private boolean cancelling() {
            return campaign.state() == CampaignStatus.State.CANCELLING;
        }

        private void await(Future<@Nullable Void> act) throws SQLException, InterruptedException {
            try {
                act.get();
            } catch (ExecutionException e) {
                if (e.getCause() instanceof SQLException sql) {
                    throw sql;
                }
                throw new IllegalStateException(e.getCause());
            }
        }

        private @Nullable Void leaveBehind(Move move, Move failed) throws SQLException {
            store.save(steps.leftBehind(move, failed), self);
            return null;
        }

        private @Nullable Void advance(Move move, @Nullable Instant bakesUntil)
                throws SQLException, InterruptedException {
            if (move.operation() != null) {
                look(move, move.operation());
                return null;
            }
            Steps.Next next = steps.next(move);
            if (next instanceof Steps.Save save) {
                store.save(save.move(), self);
            } else if (next instanceof Steps.Ask ask) {
                take(ask.move());
            } else if (next instanceof Steps.Gates asked) {
                gates(asked.move(), asked.side(), bakesUntil);
            }
            return null;
        }

        /** Looks how a step stands that runs. */
        private void look(Move move, String operation) throws SQLException, InterruptedException {
            Optional<Operation> found = requests.await(operation, 0);
            if (found.isPresent() && !found.get().ended()) {
                return;
            }
            if (found.isEmpty() || found.get().message().equals(OperationRequests.LOST)) {
                store.save(steps.lost(move, newSideServes(move)), self);
                return;
            }
            changed(move, steps.ended(move, found.get(), newSideServes(move)));
        }

        private boolean newSideServes(Move move) throws SQLException {
            return manifest.inPlace()
                    ? move.flippedAt() != null
                    : control.load(move.tenant()).phase() == Phase.REVERSIBLE;
        }

        private void changed(Move before, Move after) throws SQLException {
            if (!Steps.counts(before, after)) {
                boolean stuck = before.state() == State.GOING_BACK && after.state() == State.FAILED_THERE;
                if (stuck) {
                    fail(after, true);
                } else {
                    store.save(after, self);
                }
                return;
            }
            fail(after, false);
        }

        private void fail(Move after, boolean atOnce) throws SQLException {
            String why = "the budget of failed tenants is used up; the last one is " + after.tenant();
            if (atOnce) {
                why = "tenant " + after.tenant() + " could not go back";
            }
            if (store.fail(after, self, manifest.onFailure(), atOnce, why)) {
                LOG.warn(
                        "tenant failed campaign={} tenant={} state={} reason={}",
                        campaign.name(),
                        after.tenant(),
                        after.state(),
                        after.reason());
                control.audit(
                        after.tenant(), actor(), "campaign", "FAILED", Objects.requireNonNullElse(after.reason(), ""));
            }
        }

        private void gates(Move move, GateSide side, @Nullable Instant bakesUntil)
                throws SQLException, InterruptedException {
            Tenant tenant = tenants.apply(move.tenant());
            if (tenant == null) {
                changed(move, steps.notConfigured(move));
                return;
            }
            TenantRecord row = control.load(move.tenant());
            if (side == GateSide.SERVING && row.phase() != (manifest.inPlace() ? Phase.STEADY : Phase.REVERSIBLE)) {
                changed(move, elsewhere(move, row));
                return;
            }
            GateVerdict verdict = ask(tenant, row, side);
            if (verdict instanceof GateVerdict.Held && move.flippedAt() != null) {
                verdict = compared.ask(move.tenant(), move.flippedAt(), campaign.now());
            }
            if (verdict instanceof GateVerdict.Held && side == GateSide.SERVING) {
                verdict = command.ask(campaign.name(), move.tenant(), row.serving());
            }
            if (!held(move, verdict)) {
                return;
            }
            if (steps.passed(move, side, bakesUntil) instanceof Steps.Save save) {
                store.save(save.move(), self);
            } else {
                take(move);
            }
        }

        private GateVerdict ask(Tenant tenant, TenantRecord row, GateSide side)
                throws SQLException, InterruptedException {
            String unproved = ReadsCompared.problem(manifest.gates(), tenant.config());
            return unproved == null ? gates.ask(tenant, row, side) : new GateVerdict.Broken(unproved);
        }

        private boolean held(Move move, GateVerdict verdict) throws SQLException {
            if (verdict instanceof GateVerdict.Broken broken) {
                changed(move, steps.gateFailed(move, broken.why()));
            } else if (verdict instanceof GateVerdict.Unknown unknown) {
                changed(move, steps.gateUnknown(move, unknown.why()));
            }
            return verdict instanceof GateVerdict.Held;
        }

        /** Asks the gates of all tenants, and then for their flips at one instant. */
        private @Nullable Void flipTogether(List<Move> wave) throws SQLException, InterruptedException {
            Map<String, Tenant> members = new LinkedHashMap<>();
            for (Move move : wave) {
                Tenant tenant = tenants.apply(move.tenant());
                if (tenant == null) {
                    changed(move, steps.notConfigured(move));
                    return null;
                }
                if (!held(move, ask(tenant, control.load(move.tenant()), GateSide.IDLE))) {
                    return null;
                }
                members.put(move.tenant(), tenant);
            }
            String joint = UUID.randomUUID().toString();
            VerbRequest request = new VerbRequest.Switch(false, false, manifest.force(), joint);
            List<Move> asked =
                    wave.stream().map(move -> move.asked(campaign.now())).toList();
            store.stepTogether(asked, self, (connection, move) -> {
                if (move == asked.get(0)) {
                    JointFlips.announce(connection, joint, members.keySet());
                }
                Tenant tenant = Objects.requireNonNull(members.get(move.tenant()));
                return requests.ask(connection, tenant, VerbName.FLIP, request, actor());
            });
            return null;
        }

        private String actor() {
            return "campaign " + campaign.name();
        }

        /** Somebody has moved the tenant on by hand while it was watched. */
        private Move elsewhere(Move move, TenantRecord row) {
            String seen = "by hand it is " + row.phase() + ", " + row.serving().label() + " serves";
            return move.because(seen).ended(State.CANCELLED, campaign.now());
        }

        /** Asks the tenant's leader for the step, and writes that down. */
        private @Nullable Void take(Move move) throws SQLException {
            Tenant tenant = tenants.apply(move.tenant());
            VerbName verb = Objects.requireNonNull(move.step(), "a step that is asked for");
            if (tenant == null) {
                changed(move, steps.notConfigured(move));
                return null;
            }
            boolean changesVersion = verb == VerbName.FLIP || verb == VerbName.MIGRATE;
            store.step(
                    changesVersion ? move.asked(campaign.now()) : move,
                    self,
                    connection -> requests.ask(connection, tenant, verb, request(verb), actor()));
            return null;
        }

        private VerbRequest request(VerbName verb) {
            Completion completion = manifest.completion();
            return switch (verb) {
                case PREPARE -> new VerbRequest.Prepare(false, false, manifest.force());
                case MIRROR -> new VerbRequest.Mirror(manifest.force());
                case FLIP, ROLLBACK -> new VerbRequest.Switch(false, false, manifest.force());
                case MIGRATE ->
                    manifest.strategy() instanceof Strategy.InPlace inPlace
                            ? new VerbRequest.Migrate(inPlace.snapshot(), false, inPlace.breaking())
                            : verb.plain();
                case COMPLETE ->
                    completion == null
                            ? verb.plain()
                            : new VerbRequest.Complete(completion.dropOld(), completion.snapshot());
                default -> verb.plain();
            };
        }
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        threads.shutdownNow();
        try {
            thread.join(5_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
