// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.campaign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.cutover.config.ControlConfig;
import dev.cutover.config.Login;
import dev.cutover.config.Mapping;
import dev.cutover.config.MirrorMode;
import dev.cutover.config.Secret;
import dev.cutover.config.SideConfig;
import dev.cutover.config.TenantConfig;
import dev.cutover.config.feature.Features;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.proxy.control.store.ControlStore;
import dev.cutover.proxy.control.store.FleetMembership;
import dev.cutover.proxy.control.store.TenantRecord;
import dev.cutover.proxy.control.tenant.ReadOutcome;
import dev.cutover.proxy.control.tenant.Tenant;
import dev.cutover.proxy.control.tenant.TenantServices;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PostgresExtension.class)
class FigureTakerIT {
    /** The control database may fail over just then. */
    @Test
    void aReadThatDiffersIsToldAgainIfItCouldNotBeWrittenDown(TestDatabase control) throws Exception {
        String password = control.server().password();
        Login login = new Login(control.server().user(), password.isEmpty() ? null : new Secret(password));
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
        try (ControlStore store = ControlStore.open(
                new ControlConfig(control.url(), login), new FleetMembership.Described("a:1", "test", "0", () -> 0))) {
            new CampaignStore(store.database()).add("c", "campaign: c", List.of(List.of("acme")), "test");
            control.execute("UPDATE cutover.campaign_tenant SET state = 'BAKING'");
            FigureTaker figures = new FigureTaker(store.database(), name -> tenant);
            figures.take("p");
            tenant.readTotals().of(ReadOutcome.DIFFERENT).increment();
            control.execute("ALTER TABLE cutover.client_figures RENAME TO away");
            assertThrows(SQLException.class, () -> figures.take("p"));
            control.execute("ALTER TABLE cutover.away RENAME TO client_figures");

            figures.take("p");

            assertEquals(
                    1,
                    figures.between("acme", Instant.EPOCH, Instant.now().plusSeconds(60))
                            .readsDiffer());
        }
    }
}
