// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.inspect;

import dev.cutover.cli.admin.AdminClient;
import dev.cutover.cli.exit.AdminException;
import dev.cutover.config.adminapi.TenantSummary;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Parameters;

/** One tenant, or all of them. */
public final class TenantSelection {
    @Parameters(paramLabel = "TENANT", arity = "0..1", description = "the tenant's name (default: all tenants)")
    private @Nullable String tenant;

    List<String> names(AdminClient client) throws AdminException {
        return tenant != null
                ? List.of(tenant)
                : client.tenants().stream().map(TenantSummary::tenant).toList();
    }
}
