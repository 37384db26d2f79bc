// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import dev.cutover.proxy.route.Route;
import dev.cutover.proxy.wire.Messages;
import io.netty.buffer.ByteBuf;

/** Tells a client by ParameterStatus where its tenant is served, so that an application can switch features on. */
public final class RouteStatus {
    private RouteStatus() {}

    public static void write(ByteBuf out, Route route) {
        Messages.parameterStatus(out, "cutover.side", route.serving().label());
        Messages.parameterStatus(out, "cutover.epoch", Long.toString(route.epoch()));
        Messages.parameterStatus(out, "cutover.schema_version", route.schemaVersion());
    }
}
