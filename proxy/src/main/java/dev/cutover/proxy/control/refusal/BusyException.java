// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.refusal;

/** Another verb runs for the tenant. */
public final class BusyException extends RefusedException {
    private static final long serialVersionUID = 1L;
    private static final String BUSY = " is busy: ";

    public BusyException(String tenant, String running) {
        super("tenant " + tenant + BUSY + running + " is running");
    }

    /** Whether a refusal of this kind has the message, which may come from another proxy. */
    public static boolean said(String message) {
        return message.startsWith("tenant ") && message.contains(BUSY);
    }
}
