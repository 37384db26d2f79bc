// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.reply;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.dualwrite.analyze.statement.WriteStatement.Kind;
import dev.cutover.dualwrite.mirror.IdleWrite;
import dev.cutover.dualwrite.mirror.Rewrite.Mirrored;
import dev.cutover.dualwrite.mirror.Rewrite.Piece;
import dev.cutover.dualwrite.mirror.Rewrite.Reply;
import dev.cutover.dualwrite.mirror.Rewrite.Shape;
import dev.cutover.proxy.wire.ErrorFields;
import dev.cutover.proxy.wire.Messages;
import dev.cutover.proxy.wire.Outbox;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SentTextTest {
    private static final String CLIENTS = "UPDATE t SET é = 1";
    private static final String PREFIX = "/*token*/ WITH w AS (";

    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final Outbox client = new Outbox(channel);

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {"22, 1", "35, 14", "1, -", "900, -"})
    void aPositionInTheSentTextIsOneInTheClients(String sent, String clients) {
        ErrorFields error = ErrorFields.error("42703", "no", "").with(ErrorFields.POSITION, sent);

        ErrorFields shifted = sent(Shape.TAG_ONLY).shifted(error);

        assertEquals(clients, shifted.get(ErrorFields.POSITION));
    }

    @Test
    void theTagIsThatOfTheClientsOwnStatement() {
        assertFalse(sent(Shape.TAG_ONLY).countsRows());
        assertEquals("UPDATE 3", completed(sent(Shape.TAG_ONLY), "INSERT 0 3", 0));
    }

    @Test
    void aRowThatCountsSaysHowManyRowsTheTagNames() {
        assertTrue(sent(Shape.COUNT_ROW).countsRows());
        assertEquals("UPDATE 12", completed(sent(Shape.COUNT_ROW), "SELECT 1", 12));
    }

    @Test
    void theNumberInARowThatCountsIsRead() {
        ByteBuf row =
                Unpooled.buffer().writeByte('D').writeInt(14).writeShort(1).writeInt(4);
        row.writeCharSequence("1234", StandardCharsets.US_ASCII);

        assertEquals(1234, SentText.countIn(row, 0));
    }

    private static SentText sent(Shape shape) {
        Mirrored rewrite = new Mirrored(
                PREFIX + CLIENTS + ") INSERT INTO v2.t ...",
                new Reply(Kind.UPDATE, shape),
                List.of(new Piece(PREFIX.length(), 0, CLIENTS.length())),
                new IdleWrite("t", "v1", "v2"));
        return SentText.mirrored(rewrite, CLIENTS);
    }

    private String completed(SentText sent, String tag, long counted) {
        ByteBuf in = Unpooled.buffer();
        Messages.commandComplete(in, tag);
        sent.complete(client, in, 0, in.readableBytes(), counted);
        client.flush();
        ByteBuf out = channel.readOutbound();
        String answered = out.toString(5, out.readableBytes() - 6, StandardCharsets.US_ASCII);
        out.release();
        return answered;
    }
}
