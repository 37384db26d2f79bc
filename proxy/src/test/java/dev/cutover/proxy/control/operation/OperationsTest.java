// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.operation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Mapping;
import dev.cutover.config.MirrorMode;
import dev.cutover.config.SideConfig;
import dev.cutover.config.TenantConfig;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.config.feature.Features;
import dev.cutover.proxy.control.store.TenantRecord;
import dev.cutover.proxy.control.tenant.Tenant;
import dev.cutover.proxy.control.tenant.TenantServices;
import dev.cutover.proxy.control.verb.Verb;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class OperationsTest {
    private static final Verb<VerbRequest.Plain> FAILS = new Verb<>() {
        @Override
        public String name() {
            return "fails";
        }

        /** Asked before anything else, so that no database is. */
        @Override
        public boolean requiresRecovery() {
            throw new StackOverflowError("a bug");
        }

        @Override
        public Outcome run(Tenant tenant, VerbRequest.Plain request, Listener listener) {
            throw new AssertionError("it runs");
        }
    };

    @Test
    void anErrorEndsItsOperationAndNotTheTenantsOthers() throws Exception {
        TenantConfig config = new TenantConfig(
                "acme",
                "acme",
                new SideConfig("main", "app", null),
                null,
                List.of(),
                null,
                null,
                Mapping.IDENTITY,
                MirrorMode.INLINE,
                Duration.ofSeconds(2));
        Tenant tenant = new Tenant(
                config,
                TenantRecord.initial("acme"),
                new TenantServices(null, null, null, null, List::of, () -> Features.NONE),
                1);
        tenant.lead();
        // Without a control database, the audit entry fails, too.
        try (Operations operations = new Operations(null)) {
            Operation first = operations.start(tenant, FAILS, VerbRequest.PLAIN, "test");
            Operation ended = operations.await("acme", first.id(), 60_000).orElseThrow();
            assertEquals(Operation.State.FAILED, ended.state());
            assertTrue(ended.message().contains("a bug"), ended::message);

            Operation second = operations.start(tenant, FAILS, VerbRequest.PLAIN, "test");

            assertTrue(
                    operations.await("acme", second.id(), 60_000).orElseThrow().ended());
        }
    }
}
