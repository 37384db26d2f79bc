// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.worker;

import java.util.Map;
import java.util.Set;

/**
 * What a program that the proxy starts inherits of the proxy's environment: where programs and libraries are, the language, and
 * where temporary files go. The rest stays behind. It may hold other tenants' passwords ({@code {env: NAME}} in the
 * configuration), or settings that lead the program elsewhere (PGSERVICE, JAVA_TOOL_OPTIONS, LIQUIBASE_*).
 */
public final class ChildEnvironment {
    private static final Set<String> INHERITED =
            Set.of("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TZ");

    private ChildEnvironment() {}

    /** Removes everything else from a {@link ProcessBuilder}'s environment. */
    public static void reduce(Map<String, String> environment) {
        environment.keySet().retainAll(INHERITED);
    }
}
