// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.auth;

/** Codes of the Authentication messages (chapter 55.7) and what goes with them. */
final class Authentication {
    static final int OK = 0;
    static final int CLEARTEXT_PASSWORD = 3;
    static final int MD5_PASSWORD = 5;
    static final int SASL = 10;
    static final int SASL_CONTINUE = 11;
    static final int SASL_FINAL = 12;

    static final String SCRAM_SHA_256 = "SCRAM-SHA-256";
    /** With channel binding, {@link #BOUND}. */
    static final String SCRAM_SHA_256_PLUS = "SCRAM-SHA-256-PLUS";

    /** What a client-first message begins with that binds to the server's certificate. */
    static final String BOUND = "p=tls-server-end-point,,";

    private Authentication() {}
}
