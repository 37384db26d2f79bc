// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import dev.cutover.config.feature.FeatureState;
import dev.cutover.proxy.route.Route;
import dev.cutover.proxy.session.state.ToldParameters;
import dev.cutover.proxy.wire.Messages;
import io.netty.buffer.ByteBuf;

/** Tells a client by ParameterStatus where its tenant is served, and which features are on. */
public final class RouteStatus {
    private RouteStatus() {}

    /** All of it, for a client that has just logged in. */
    public static void write(ByteBuf out, Route route) {
        place(out, route);
        for (FeatureState feature : route.features().all()) {
            write(out, feature.name(), feature.value());
        }
    }

    /** What the client does not know yet. @param before the route that it was told of last */
    static void writeChanges(ByteBuf out, Route before, Route now) {
        if (before.epoch() != now.epoch()) {
            place(out, now);
        } else if (!before.schemaVersion().equals(now.schemaVersion())) {
            Messages.parameterStatus(out, ToldParameters.SCHEMA_VERSION, now.schemaVersion());
        }
        for (FeatureState feature : now.features().all()) {
            FeatureState told = before.features().find(feature.name());
            if (told == null || told.on() != feature.on()) {
                write(out, feature.name(), feature.value());
            }
        }
        for (FeatureState told : before.features().all()) {
            if (told.on() && now.features().find(told.name()) == null) {
                write(out, told.name(), FeatureState.OFF);
            }
        }
    }

    private static void place(ByteBuf out, Route route) {
        Messages.parameterStatus(out, ToldParameters.SIDE, route.serving().label());
        Messages.parameterStatus(out, ToldParameters.EPOCH, Long.toString(route.epoch()));
        Messages.parameterStatus(out, ToldParameters.SCHEMA_VERSION, route.schemaVersion());
    }

    private static void write(ByteBuf out, String feature, String value) {
        Messages.parameterStatus(out, ToldParameters.FEATURE + feature, value);
    }
}
