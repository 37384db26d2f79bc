// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.option;

import dev.cutover.cli.admin.AdminClient;
import dev.cutover.cli.admin.CampaignClient;
import dev.cutover.cli.render.Output;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that every command which speaks to the admin API has. */
public final class AdminOptions {
    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(
            names = "--admin",
            paramLabel = "URL",
            description = "the admin API (default: CUTOVER_ADMIN, else http://127.0.0.1:6480)")
    private @Nullable String admin;

    @Option(names = "--token-file", paramLabel = "FILE", description = "file with the token (default: CUTOVER_TOKEN)")
    private @Nullable Path tokenFile;

    @Option(names = "--output", paramLabel = "text|json", description = "how to print the result (default: text)")
    private Output output = Output.text;

    @Option(names = "--json", description = "the same as --output json")
    private boolean json;

    public Output output() {
        return json ? Output.json : output;
    }

    public AdminClient client() {
        String url = admin != null ? admin : System.getenv("CUTOVER_ADMIN");
        return new AdminClient(base(url == null || url.isEmpty() ? "http://127.0.0.1:6480" : url), token());
    }

    /** For calls about campaigns. */
    public CampaignClient campaigns() {
        return new CampaignClient(client());
    }

    private URI base(String url) {
        try {
            URI base = URI.create(url);
            boolean http = "http".equals(base.getScheme()) || "https".equals(base.getScheme());
            if (http && base.getHost() != null) {
                return base;
            }
        } catch (IllegalArgumentException e) {
            // The same answer.
        }
        throw new ParameterException(
                spec.commandLine(), "--admin (or CUTOVER_ADMIN): not a URL like http://127.0.0.1:6480: " + url);
    }

    private @Nullable String token() {
        if (tokenFile == null) {
            return System.getenv("CUTOVER_TOKEN");
        }
        try {
            return Files.readString(tokenFile).strip();
        } catch (IOException e) {
            throw new ParameterException(spec.commandLine(), "--token-file: cannot read " + tokenFile);
        }
    }
}
