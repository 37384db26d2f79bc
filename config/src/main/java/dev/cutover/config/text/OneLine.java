// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.text;

import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;

/** Making one-line messages for operators. */
public final class OneLine {
    private OneLine() {}

    /** Why an address could not be used: what lies under all the wrapping. */
    public static String networkReason(Throwable e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        boolean unknown = root instanceof UnknownHostException || root instanceof UnresolvedAddressException;
        return unknown ? "there is no host of that name" : of(root);
    }

    /** The first line that says anything of an exception's message. */
    public static String of(Throwable e) {
        String message = e.getMessage();
        if (message == null) {
            return e.getClass().getSimpleName();
        }
        return message.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .findFirst()
                .orElse(e.getClass().getSimpleName());
    }
}
