// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** Where other proxies reach this one. */
final class Reachable {
    private Reachable() {}

    /** The host that is listened on; this machine's own address if that is all of them. */
    static String address(String host) {
        try {
            boolean all = host.equals("*") || InetAddress.getByName(host).isAnyLocalAddress();
            return all ? InetAddress.getLocalHost().getHostAddress() : host;
        } catch (UnknownHostException e) {
            return host;
        }
    }
}
