// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.campaign;

import dev.cutover.config.CampaignsConfig;
import dev.cutover.config.Phase;
import dev.cutover.config.Side;
import dev.cutover.config.adminapi.CampaignPlan;
import dev.cutover.config.adminapi.CampaignPlan.PlannedTenant;
import dev.cutover.config.adminapi.CampaignStatus;
import dev.cutover.config.adminapi.CampaignStatus.State;
import dev.cutover.config.campaign.CampaignManifest;
import dev.cutover.config.campaign.ManifestException;
import dev.cutover.config.campaign.WavePlan;
import dev.cutover.config.text.OneLine;
import dev.cutover.config.yaml.CampaignLoader;
import dev.cutover.config.yaml.ConfigException;
import dev.cutover.dualwrite.database.Rows;
import dev.cutover.proxy.control.fleet.OperationRequests;
import dev.cutover.proxy.control.refusal.RefusedException;
import dev.cutover.proxy.control.store.ControlStore;
import dev.cutover.proxy.control.tenant.Tenant;
import dev.cutover.proxy.control.tenant.TenantSides;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Campaigns: planned, started and ended here, at any proxy, and run by one live proxy of the fleet. Safe for use by many threads; every
 * method may block on a database.
 */
public final class Campaigns implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Campaigns.class);
    private static final String MANIFEST = "manifest";

    private final ControlStore control;
    private final CampaignsConfig config;
    private final CampaignStore store;
    private final Supplier<Collection<Tenant>> tenants;
    private final CampaignRunner runner;

    public Campaigns(
            ControlStore control,
            OperationRequests requests,
            Supplier<Collection<Tenant>> tenants,
            CampaignsConfig config) {
        this.control = control;
        this.config = config;
        this.store = new CampaignStore(control.database());
        this.tenants = tenants;
        this.runner = new CampaignRunner(control, store, requests, this::find, config);
    }

    /** This proxy runs campaigns from now on. */
    public void start() {
        runner.start();
    }

    private @Nullable Tenant find(String name) {
        return tenants.get().stream()
                .filter(tenant -> tenant.name().equals(name))
                .findFirst()
                .orElse(null);
    }

    private static CampaignManifest read(String manifest) throws ManifestException {
        try {
            CampaignManifest read = CampaignLoader.load(MANIFEST, manifest);
            for (int i = 0; i < read.gates().sql().size(); i++) {
                String problem = SqlGates.problem(read.gates().sql().get(i).text());
                if (problem != null) {
                    throw new ManifestException("gates.sql[" + i + "].text", problem);
                }
            }
            return read;
        } catch (ConfigException e) {
            throw new ManifestException(OneLine.of(e));
        }
    }

    /** Also asks whether this proxy can run its command. */
    private CampaignManifest runnable(String manifest) throws ManifestException {
        CampaignManifest read = read(manifest);
        String problem = new CommandGate(read.gates().command(), config.commands()).problem();
        if (problem != null) {
            throw new ManifestException("gates.command", problem);
        }
        return read;
    }

    private List<List<String>> waves(CampaignManifest manifest) throws ManifestException {
        Map<String, Map<String, String>> known = new HashMap<>();
        tenants.get().forEach(tenant -> known.put(tenant.name(), tenant.config().tags()));
        return WavePlan.of(manifest, known);
    }

    /** What a campaign would do; changes nothing. @throws ManifestException with the YAML path of what is wrong */
    public CampaignPlan plan(String text) throws ManifestException, SQLException {
        CampaignManifest manifest = runnable(text);
        List<List<String>> waves = waves(manifest);
        MoveTimes times = MoveTimes.of(made());
        List<CampaignPlan.Wave> planned = new ArrayList<>();
        for (int i = 0; i < waves.size(); i++) {
            List<PlannedTenant> members = new ArrayList<>();
            for (String name : waves.get(i)) {
                Tenant tenant = find(name);
                members.add(
                        tenant == null
                                ? new PlannedTenant(name, -1, -1, List.of("the tenant was removed a moment ago"))
                                : planned(tenant, manifest, times));
            }
            CampaignManifest.Wave wave = manifest.waves().get(i);
            long seconds = manifest.inPlace() ? -1 : MoveTimes.seconds(wave, members);
            planned.add(new CampaignPlan.Wave(wave.name(), wave.parallel(), wave.atomic(), seconds, members));
        }
        if (manifest.inPlace()) {
            return new CampaignPlan(manifest.name(), planned, -1, "how long migrations take is not known");
        }
        long seconds = planned.stream().mapToLong(CampaignPlan.Wave::seconds).sum();
        return new CampaignPlan(manifest.name(), planned, seconds, times.basis());
    }

    /** The moves of those tenants that are still there. */
    private List<MoveTimes.Made> made() throws SQLException {
        List<MoveTimes.Made> made = new ArrayList<>();
        for (Map.Entry<String, Double> move : store.made().entrySet()) {
            Tenant tenant = find(move.getKey());
            long bytes = -1;
            try {
                bytes = tenant == null
                        ? -1
                        : bytes(tenant.movement(), tenant.row().serving());
            } catch (RefusedException | SQLException e) {
                LOG.debug("size unknown tenant={} reason={}", move.getKey(), OneLine.of(e));
            }
            if (bytes >= 0) {
                made.add(new MoveTimes.Made(bytes, move.getValue()));
            }
        }
        return made;
    }

    private PlannedTenant planned(Tenant tenant, CampaignManifest manifest, MoveTimes times) throws SQLException {
        List<String> blockers = new ArrayList<>(blockers(tenant));
        String other = store.campaignOf(tenant.name());
        if (other != null && !other.equals(manifest.name())) {
            blockers.add("it moves in campaign " + other);
        }
        String unproved = ReadsCompared.problem(manifest.gates(), tenant.config());
        if (unproved != null) {
            blockers.add(unproved);
        }
        long bytes = -1;
        try {
            bytes = bytes(tenant.movement(), tenant.row().serving());
        } catch (RefusedException | SQLException e) {
            blockers.add(OneLine.of(e));
        }
        return new PlannedTenant(tenant.name(), bytes, manifest.inPlace() ? -1 : times.seconds(bytes), blockers);
    }

    private static List<String> blockers(Tenant tenant) {
        List<String> blockers = new ArrayList<>();
        String degraded = tenant.awaitedRecovery();
        if (degraded != null) {
            blockers.add("the proxy waits: " + degraded);
        }
        Phase phase = tenant.phase();
        if (phase == Phase.REVERSIBLE) {
            blockers.add("it has flipped already: complete it or roll it back first");
        } else if (phase == Phase.STEADY && tenant.row().serving() == Side.GREEN) {
            blockers.add("green serves already: give it the next version's side");
        }
        return blockers;
    }

    private static long bytes(TenantSides sides, Side side) throws SQLException {
        try (Connection connection = sides.database(side).getConnection()) {
            return Rows.query(
                            connection,
                            "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0) FROM pg_class c"
                                    + " JOIN pg_namespace n ON n.oid = c.relnamespace"
                                    + " WHERE n.nspname = ? AND c.relkind IN ('r', 'm')",
                            row -> row.getLong(1),
                            sides.schema(side))
                    .get(0);
        }
    }

    /**
     * Starts a campaign. If it is started already with the same manifest, nothing is done.
     *
     * @throws ManifestException with the YAML path of what is wrong
     * @throws RefusedException if there is another campaign of that name, or a tenant moves in another one
     */
    public CampaignStatus start(String text, String actor) throws ManifestException, RefusedException, SQLException {
        CampaignManifest manifest = runnable(text);
        CampaignRow before = store.find(manifest.name());
        if (before == null) {
            add(manifest, text, actor);
        } else if (!before.manifest().equals(text)) {
            throw new RefusedException("there is a campaign " + manifest.name() + " with another manifest, it is "
                    + before.state() + "; choose another name");
        }
        return status(manifest.name()).orElseThrow();
    }

    private void add(CampaignManifest manifest, String text, String actor)
            throws ManifestException, RefusedException, SQLException {
        List<List<String>> waves = waves(manifest);
        for (List<String> wave : waves) {
            for (String tenant : wave) {
                String other = store.campaignOf(tenant);
                if (other != null) {
                    throw new RefusedException("tenant " + tenant + " moves in campaign " + other
                            + "; cancel that one, or wait for its end");
                }
            }
        }
        try {
            if (store.add(manifest.name(), text, waves, actor)) {
                control.audit("", actor, "campaign start", "SUCCEEDED", manifest.name());
            }
        } catch (SQLException e) {
            if (CampaignStore.elsewhere(e)) {
                throw new RefusedException("a tenant has begun to move in another campaign a moment ago; see status");
            }
            throw e;
        }
    }

    /** All campaigns, the newest first. */
    public List<CampaignStatus> all() throws SQLException {
        List<CampaignStatus> all = new ArrayList<>();
        for (CampaignRow campaign : store.all()) {
            all.add(status(campaign));
        }
        return all;
    }

    /** Empty if there is none of that name. */
    public Optional<CampaignStatus> status(String name) throws SQLException {
        CampaignRow found = store.find(name);
        return found == null ? Optional.empty() : Optional.of(status(found));
    }

    private CampaignStatus status(CampaignRow campaign) throws SQLException {
        try {
            Waves waves = new Waves(read(campaign.manifest()), store.moves(campaign.name()));
            return new CampaignStatus(
                    campaign.name(),
                    campaign.state(),
                    campaign.reason(),
                    campaign.startedBy(),
                    campaign.startedAt(),
                    campaign.endedAt(),
                    waves.shown());
        } catch (ManifestException e) {
            throw new IllegalStateException("campaign " + campaign.name() + ": " + OneLine.of(e), e);
        }
    }

    /** What an operator can ask of a campaign. */
    public enum Change {
        PAUSE(State.PAUSED, "an operator has paused it"),
        RESUME(State.RUNNING, null),
        CANCEL(State.CANCELLING, "an operator has cancelled it");

        private final State to;
        private final @Nullable String reason;

        Change(State to, @Nullable String reason) {
            this.to = to;
            this.reason = reason;
        }

        /** The states in which it can be asked for. */
        private List<State> from() {
            return switch (this) {
                case PAUSE -> List.of(State.RUNNING);
                case RESUME -> List.of(State.PAUSED);
                case CANCEL -> List.of(State.RUNNING, State.PAUSED);
            };
        }

        private boolean reached(State now) {
            return now == to || (this == CANCEL && now == State.CANCELLED);
        }
    }

    /**
     * Changes a campaign; if it is as asked, nothing is done. Empty if there is none of that name.
     *
     * @throws RefusedException if it has ended
     */
    public Optional<CampaignStatus> change(String name, Change change, String actor)
            throws RefusedException, SQLException {
        CampaignRow before = store.find(name);
        if (before == null) {
            return Optional.empty();
        }
        if (!change.reached(before.state())) {
            if (!store.change(name, change.from(), change.to, change.reason)) {
                throw new RefusedException("campaign " + name + " is " + before.state() + "; it cannot be "
                        + change.to.name().toLowerCase(Locale.ROOT));
            }
            control.audit("", actor, "campaign " + change.name().toLowerCase(Locale.ROOT), "SUCCEEDED", name);
        }
        return status(name);
    }

    /** The tenants of every campaign stay as they are; another proxy continues with them. */
    @Override
    public void close() {
        runner.close();
    }
}
