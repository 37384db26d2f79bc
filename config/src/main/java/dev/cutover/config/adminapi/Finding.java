// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.adminapi;

/**
 * What one guardrail or check found.
 *
 * @param guardrail its name
 * @param blocking whether it stops a flip
 * @param remedy how to repair it; empty if nothing is to be done
 */
public record Finding(String guardrail, boolean blocking, String finding, String remedy) {
    private static final String SILENT = " did not tell ";

    /** A proxy of the fleet has not answered. @param what it should tell */
    public static Finding ofSilentProxy(String guardrail, String proxy, String what, String remedy) {
        return new Finding(guardrail, true, proxy + SILENT + what, remedy);
    }

    /** Whether it blocks only because a proxy has not answered. It answers later, or its lease ends. */
    public boolean fromSilentProxy() {
        return blocking && finding.contains(SILENT);
    }
}
