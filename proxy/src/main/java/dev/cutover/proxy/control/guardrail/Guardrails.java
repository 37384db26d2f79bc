// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.Side;
import dev.cutover.config.TenantConfig;
import dev.cutover.config.adminapi.Finding;
import dev.cutover.dualwrite.database.Placement;
import dev.cutover.dualwrite.model.MirrorPlan;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** All guardrails of a flip. */
public final class Guardrails {
    /** In the order in which they are reported. What all others need comes first; what takes long comes last. */
    static final List<Guardrail> ALL = List.of(
            new IdleSideAnswers(),
            new MappingCarries(),
            new TablesAreMapped(),
            new SchemaUnchanged(),
            new SchemaVersion(),
            new BackfillComplete(),
            new VerificationClean(),
            new NoCrashSinceVerify(),
            new VerificationFresh(),
            new IdleSideAcceptsRows(),
            new MarksAreFew(),
            new NetInPlace(),
            new SequencesAhead(),
            new IndexesValid(),
            new IdleSideAnalyzed(),
            new NoLongTransaction(),
            new NoPreparedTransaction(),
            new SessionsCanMove(),
            new ResultsKeepTheirShape(),
            new OldStatementsFit(),
            new NoObjectNamesASide(),
            new ObjectsThere(),
            new TablesBehaveAlike(),
            new TypesBehaveAlike(),
            new RowSecuritySame(),
            new GrantsThere(),
            new ReplicationFollows(),
            new MaterializedViewsFilled(),
            new ReadsAgree(),
            new DiskHeadRoom(),
            new ConnectionHeadRoom(),
            new ServerSettings(),
            new SameExtensions(),
            new SameCollation(),
            new EncodingKnown(),
            new ForeignKeysHold(),
            new LargeObjectsThere(),
            new NothingLeftBehind(),
            new RollbackKeepsAll(),
            new RollbackRehearsal(),
            new NoRollbackLoss());

    private Guardrails() {}

    /** Finds why the maintenance role does not reach a side's database; all others would ask it, too. */
    public static List<Finding> reach(DataSource database, Side side, TenantConfig tenant) throws SQLException {
        return IdleSideAnswers.reach(database, side, tenant);
    }

    /** The same, for one condition alone: no row is refused by the idle side. */
    public static List<Finding> refusedRows(MirrorPlan plan, Placement placement) throws SQLException {
        try (Connection connection = placement.serving().getConnection()) {
            return new IdleSideAcceptsRows().refusedRows(plan, connection);
        }
    }

    /** Finds a transition of nothing, before there is a mirroring tenant to look at. */
    public static List<Finding> mappedTables(GuardrailContext.Drawn drawn) {
        return new TablesAreMapped().mapped(drawn);
    }

    /** What the serving side holds and the plans take nowhere: stops before there is a mirroring tenant to look at. */
    public static List<Finding> leftBehind(GuardrailContext.Drawn drawn, DataSource serving) throws SQLException {
        try (Connection connection = serving.getConnection()) {
            MirrorPlan out = drawn.out();
            return new NothingLeftBehind().left(drawn.uncarried(), out.serving(), connection, out.servingSchema());
        }
    }

    /** Refreshes the materialized views that read the idle side. @return those that it could not refresh */
    public static List<Finding> refreshMaterializedViews(MirrorPlan plan, Placement placement) throws SQLException {
        return new MaterializedViewsFilled().refresh(plan, placement);
    }

    /** Objects that would still lead to the plan's serving side after a flip. */
    public static List<Finding> objectsThatNameASide(MirrorPlan plan, DataSource idle) throws SQLException {
        return new NoObjectNamesASide().references(plan, idle);
    }

    /** The transactions that wrote the plan's tables and are prepared in one database. */
    public static List<Finding> preparedTransactions(MirrorPlan plan, DataSource database) throws SQLException {
        return new NoPreparedTransaction().prepared(plan, database);
    }

    /** The prepared transactions that a flip between two databases would part from their clients. */
    public static List<Finding> transactionsLeftBehind(
            MirrorPlan plan, Placement placement, @Nullable List<String> users) throws SQLException {
        return new NoPreparedTransaction().leftBehind(plan, placement, users);
    }

    /**
     * What all of them find.
     *
     * @param rollback only what blocks a rollback
     * @param preview only what changes nothing
     */
    public static List<Finding> check(GuardrailContext now, boolean rollback, boolean preview) throws SQLException {
        List<Finding> findings = new ArrayList<>();
        try (Connection connection = now.placement().serving().getConnection()) {
            for (Guardrail guardrail : ALL) {
                boolean asked = !rollback || guardrail.name().onRollback();
                if (asked && !(preview && guardrail.leavesTraces())) {
                    findings.addAll(guardrail.check(now, connection));
                }
            }
        }
        return findings;
    }
}
