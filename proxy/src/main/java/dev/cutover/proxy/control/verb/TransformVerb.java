// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.verb;

import dev.cutover.config.Phase;
import dev.cutover.config.Side;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.config.text.OneLine;
import dev.cutover.dualwrite.analyze.token.Names;
import dev.cutover.dualwrite.database.SchemaPath;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.transform.Transform;
import dev.cutover.dualwrite.transform.TransformException;
import dev.cutover.dualwrite.transform.Transformation;
import dev.cutover.dualwrite.worker.Throttle;
import dev.cutover.proxy.control.refusal.RefusedException;
import dev.cutover.proxy.control.tenant.Pace;
import dev.cutover.proxy.control.tenant.Tenant;
import dev.cutover.proxy.control.tenant.TenantSides;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Updates all rows of a table of the serving side in chunks, while clients use it. Asked for again, it continues where it stopped. */
public final class TransformVerb implements Verb<VerbRequest.Transform> {
    @Override
    public String name() {
        return "transform";
    }

    @Override
    public Outcome run(Tenant tenant, VerbRequest.Transform request, Listener listener)
            throws RefusedException, SQLException, InterruptedException {
        if (request.table() == null || request.set() == null) {
            throw new RefusedException("transform needs a table and what to set");
        }
        Phases.require(tenant, name(), Phase.STEADY);
        Phases.requireNoCleanup(tenant);
        Side side = tenant.row().serving();
        TenantSides sides = tenant.movement();
        String path = Stream.concat(Stream.of(sides.schema(side)), sides.config().searchPath().stream())
                .map(Names::quote)
                .collect(Collectors.joining(", "));
        DataSource database = sides.database(side);
        Transformation transformation =
                read(database, sides.schema(side), path, request.table(), request.set(), request.where());
        Transform known = transform(tenant, database, path, transformation, Throttle.NONE);
        Transform.Progress before = known.progress();
        if (before != null && before.ended() && !request.again()) {
            tenant.assertLead();
            return new Outcome(
                    "nothing to do: this transformation has ended, " + changed(before) + "; --again runs it once more");
        }
        if (request.dryRun()) {
            String from = before == null || before.ended() ? "its first row" : "row " + (before.passed() + 1);
            return Outcome.planned(
                    "table " + request.table() + " would be walked from " + from + "; nothing was changed",
                    List.of(),
                    List.of(transformation.text()));
        }
        if (request.again() && before != null && before.ended()) {
            known.forget();
        }
        known.begin();
        listener.changed("rows of table " + request.table() + " were changed");
        try (Pace pace = Pace.begin(tenant, database, request.pacing(), false)) {
            return run(transform(tenant, database, path, transformation, pace), listener);
        }
    }

    private static Outcome run(Transform transform, Listener listener) throws SQLException, InterruptedException {
        BooleanSupplier stopped = () -> {
            Transform.Progress progress = progress(transform);
            listener.progress("rows", progress.passed(), progress.total());
            return listener.cancelled().getAsBoolean();
        };
        boolean ended = transform.run(stopped);
        String changed = changed(progress(transform));
        return new Outcome(ended ? changed : "interrupted, " + changed + "; run it again to continue");
    }

    private static Transform transform(
            Tenant tenant, DataSource database, String path, Transformation transformation, Throttle throttle) {
        return new Transform(database, tenant.transition(), tenant.name(), path, transformation, throttle);
    }

    private static Transformation read(
            DataSource database, String schema, String path, String table, String set, @Nullable String where)
            throws RefusedException, SQLException {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            try {
                SchemaPath.begin(connection, path);
                return Transformation.of(connection, schema, table, set, where);
            } catch (TransformException e) {
                throw new RefusedException(OneLine.of(e));
            } catch (SQLException e) {
                if (Transactions.mayPass(e)) {
                    throw e;
                }
                throw new RefusedException("the server does not take this UPDATE: " + OneLine.of(e));
            } finally {
                connection.rollback();
                connection.setAutoCommit(true);
            }
        }
    }

    private static String changed(Transform.Progress progress) {
        return progress.changed() + " of " + progress.passed() + " rows were changed";
    }

    private static Transform.Progress progress(Transform transform) {
        try {
            Transform.Progress progress = transform.progress();
            return progress == null ? new Transform.Progress(0, 0, 0, false) : progress;
        } catch (SQLException e) {
            throw new IllegalStateException("the transformation's progress cannot be read: " + OneLine.of(e), e);
        }
    }
}
