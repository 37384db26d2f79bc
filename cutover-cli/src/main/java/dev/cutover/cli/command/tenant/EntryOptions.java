// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.tenant;

import dev.cutover.config.adminapi.TenantDeclaration;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that give a tenant's entry. */
public final class EntryOptions {
    private static final String STANDARD_INPUT = "-";

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(
            names = "--file",
            paramLabel = "FILE",
            description = "a YAML file with the tenant's entry, as under tenants.NAME; - reads the standard input")
    private @Nullable String file;

    @Option(names = "--template", paramLabel = "NAME", description = "the template that completes the entry")
    private @Nullable String template;

    @Option(names = "--tag", paramLabel = "TAG=VALUE", description = "a tag of the tenant; may be repeated")
    private Map<String, String> tags = new LinkedHashMap<>();

    /** Whether none of the options was given. */
    boolean empty() {
        return file == null && template == null && tags.isEmpty();
    }

    TenantDeclaration declaration(List<String> untag) {
        return new TenantDeclaration(file == null ? null : text(file), template, tags, untag);
    }

    private String text(String name) {
        try {
            return name.equals(STANDARD_INPUT)
                    ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8)
                    : Files.readString(Path.of(name));
        } catch (IOException e) {
            throw new ParameterException(spec.commandLine(), "--file: cannot read " + name);
        }
    }
}
