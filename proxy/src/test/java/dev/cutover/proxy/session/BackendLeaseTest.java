// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.cutover.config.Side;
import dev.cutover.proxy.gate.Gate;
import dev.cutover.proxy.metrics.ProxyMeters;
import dev.cutover.proxy.route.TenantRouting;
import dev.cutover.proxy.testing.FakePlanner;
import dev.cutover.proxy.testing.ProxyFixture;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.channel.DefaultEventLoop;
import org.junit.jupiter.api.Test;

class BackendLeaseTest {
    @Test
    void aFailureBehindTheGateLeavesNobodyCounted() {
        Gate gate = new Gate(1);
        TenantRouting routing =
                new TenantRouting("acme", "acme", gate, ProxyFixture.route(1, Side.BLUE, "app", new FakePlanner()));
        // Without pools, the session fails between the gate and its backend.
        BackendLease borrowing = new BackendLease(
                null, routing, "app", null, new DefaultEventLoop(), 0, new ProxyMeters(new SimpleMeterRegistry()));

        assertThrows(NullPointerException.class, borrowing::acquire);

        assertEquals(0, gate.inFlight());
    }
}
