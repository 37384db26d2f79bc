// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.auth;

import com.ongres.scram.common.ScramFunctions;
import com.ongres.scram.common.ScramMechanism;
import com.ongres.scram.common.StringPreparation;

/**
 * What proves to a SCRAM server that one knows the password (client key), and to a client that the server does (server
 * key). Both hold for one salt and iteration count.
 */
record ScramKeys(byte[] clientKey, byte[] serverKey) {
    static final ScramMechanism MECHANISM = ScramMechanism.SCRAM_SHA_256;

    /** Derives both from the password. Costs {@code iterations} HMACs: callers keep the result. */
    static ScramKeys derive(String password, byte[] salt, int iterations) {
        byte[] salted = ScramFunctions.saltedPassword(
                MECHANISM, StringPreparation.POSTGRESQL_PREPARATION, password.toCharArray(), salt, iterations);
        return new ScramKeys(ScramFunctions.clientKey(MECHANISM, salted), ScramFunctions.serverKey(MECHANISM, salted));
    }
}
