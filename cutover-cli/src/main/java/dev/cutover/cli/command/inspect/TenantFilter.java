// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.inspect;

import dev.cutover.cli.admin.AdminClient;
import dev.cutover.cli.exit.AdminException;
import dev.cutover.config.adminapi.TenantSummary;
import dev.cutover.config.text.NamePattern;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options that choose among all tenants. */
public final class TenantFilter {
    @Option(
            names = "--match",
            paramLabel = "PATTERN",
            converter = PatternReader.class,
            description = "only tenants whose names match; * stands for any characters, ? for one")
    private @Nullable NamePattern match;

    @Option(
            names = "--tag",
            paramLabel = "NAME=VALUE",
            description = "only tenants with this tag; several must all be there")
    private Map<String, String> tags = Map.of();

    boolean given() {
        return match != null || !tags.isEmpty();
    }

    List<TenantSummary> tenants(AdminClient client) throws AdminException {
        return client.tenants().stream().filter(this::chosen).toList();
    }

    private boolean chosen(TenantSummary tenant) {
        return (match == null || match.matches(tenant.tenant()))
                && tenant.tags().entrySet().containsAll(tags.entrySet());
    }

    /** Reads a pattern. Public for picocli. */
    public static final class PatternReader implements ITypeConverter<NamePattern> {
        @Override
        public NamePattern convert(String text) {
            try {
                return new NamePattern(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(String.valueOf(e.getMessage()));
            }
        }
    }
}
