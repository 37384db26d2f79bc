// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session.state;

import dev.cutover.config.feature.FeatureState;
import dev.cutover.dualwrite.analyze.statement.AnalyzedText.Statement;
import dev.cutover.dualwrite.analyze.statement.Intent;
import dev.cutover.dualwrite.analyze.token.Names;
import dev.cutover.dualwrite.mirror.StatementPlan;
import dev.cutover.proxy.route.Route;
import dev.cutover.proxy.wire.ErrorFields;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The parameters that the proxy tells its clients by ParameterStatus, and what SHOW answers for them. */
public final class ToldParameters {
    public static final String SIDE = "cutover.side";
    public static final String EPOCH = "cutover.epoch";
    public static final String SCHEMA_VERSION = "cutover.schema_version";
    /** What the names of features begin with. */
    public static final String FEATURE = "cutover.feature.";

    private ToldParameters() {}

    /** The parameter that the text asks for; null if it is anything else than one SHOW of them. */
    public static @Nullable String single(StatementPlan plan) {
        List<Statement> statements = plan.text().statements();
        return statements.size() == 1 && statements.get(0).intent() instanceof Intent.Show show
                ? show.parameter()
                : null;
    }

    /** What SHOW answers; null for a feature that is not declared. */
    public static @Nullable String value(Route route, String parameter) {
        return switch (parameter) {
            case SIDE -> route.serving().label();
            case EPOCH -> Long.toString(route.epoch());
            case SCHEMA_VERSION -> route.schemaVersion();
            default -> {
                FeatureState feature = route.features().find(parameter.substring(FEATURE.length()));
                yield feature == null ? null : feature.value();
            }
        };
    }

    /** The error for a SHOW of a feature that is not declared; null for any other text. */
    public static @Nullable ErrorFields refusal(Route route, StatementPlan plan) {
        String parameter = single(plan);
        if (parameter == null || value(route, parameter) != null) {
            return null;
        }
        return ErrorFields.error(
                "42704",
                "unrecognized configuration parameter \"" + parameter + '"',
                "The proxy's configuration declares no feature \"" + parameter.substring(FEATURE.length())
                        + "\". Declare it under features, or correct the name.");
    }

    /** A query that the server answers as the proxy answers the SHOW; null for a feature that is not declared. */
    static @Nullable String query(Route route, Intent.Show show) {
        String value = value(route, show.parameter());
        return value == null
                ? null
                : "SELECT " + literal(value) + "::pg_catalog.text AS " + Names.quote(show.parameter());
    }

    /** The same whatever {@code standard_conforming_strings} says. */
    private static String literal(String value) {
        String quoted = '\'' + value.replace("'", "''").replace("\\", "\\\\") + '\'';
        return value.indexOf('\\') < 0 ? quoted : " E" + quoted;
    }
}
