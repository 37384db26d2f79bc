// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.campaign;

import dev.cutover.cli.exit.AdminException;
import dev.cutover.cli.exit.ExitCode;
import dev.cutover.config.yaml.CampaignLoader;
import dev.cutover.config.yaml.ConfigException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A manifest in a file. It is read here too, so that a complaint names the file. */
final class ManifestFile {
    private ManifestFile() {}

    static String read(Path file) throws AdminException, ConfigException {
        try {
            String text = Files.readString(file);
            CampaignLoader.load(file.toString(), text);
            return text;
        } catch (NoSuchFileException e) {
            throw new AdminException(ExitCode.USAGE, file + ": there is no such file");
        } catch (CharacterCodingException e) {
            throw new AdminException(ExitCode.USAGE, file + ": is not a text in UTF-8");
        } catch (IOException e) {
            throw new AdminException(ExitCode.USAGE, file + ": cannot be read: " + e.getMessage());
        }
    }
}
