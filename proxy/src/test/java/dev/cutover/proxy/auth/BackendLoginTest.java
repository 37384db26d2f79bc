// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.proxy.wire.ErrorFields;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class BackendLoginTest {
    private static final ByteBuf CLEARTEXT =
            Unpooled.buffer().writeByte('R').writeInt(8).writeInt(Authentication.CLEARTEXT_PASSWORD);

    private final BackendLogin login =
            new BackendLogin(new BackendCredentials("app", "secret", null, () -> "nonce", ScramKeys::derive));
    private final ByteBuf out = Unpooled.buffer();

    @Test
    void whereOthersCanReadItNoPasswordIsSentInClear() {
        ErrorFields refusal = login.answer(CLEARTEXT, 0, CLEARTEXT.writerIndex(), out);

        assertEquals("28000", refusal.sqlState());
        assertTrue(String.valueOf(refusal.get(ErrorFields.HINT)).contains("tls"));
        assertEquals(0, out.writerIndex());
    }

    @Test
    void whereNobodyCanReadItThePasswordIsSent() {
        login.confidential();

        assertNull(login.answer(CLEARTEXT, 0, CLEARTEXT.writerIndex(), out));

        assertEquals("secret\0", out.toString(5, 7, StandardCharsets.US_ASCII));
    }
}
