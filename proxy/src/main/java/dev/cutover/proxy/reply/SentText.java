// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.reply;

import dev.cutover.dualwrite.mirror.Rewrite;
import dev.cutover.dualwrite.mirror.Translation;
import dev.cutover.proxy.wire.ErrorFields;
import dev.cutover.proxy.wire.FrameReader;
import dev.cutover.proxy.wire.Messages;
import dev.cutover.proxy.wire.Outbox;
import io.netty.buffer.ByteBuf;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A text that is sent in place of the client's own. The server's replies to it are made those to the client's text: positions in
 * errors, the number of rows, and the command tag.
 */
public final class SentText {
    private final String sql;
    private final List<Rewrite.Piece> pieces;
    private final Rewrite.@Nullable Mirrored rewrite;
    private final String clientText;

    private SentText(String sql, List<Rewrite.Piece> pieces, Rewrite.@Nullable Mirrored rewrite, String clientText) {
        this.sql = sql;
        this.pieces = pieces;
        this.rewrite = rewrite;
        this.clientText = clientText;
    }

    /** The text writes both sides, or marks. */
    public static SentText mirrored(Rewrite.Mirrored rewrite, String clientText) {
        return new SentText(rewrite.sql(), rewrite.pieces(), rewrite, clientText);
    }

    /** The text is what the client's means on the serving side. */
    public static SentText translated(Translation translation, String clientText) {
        return new SentText(translation.sql(), translation.pieces(), null, clientText);
    }

    /** The rewrite that writes both sides or marks; null if the text does not. */
    public Rewrite.@Nullable Mirrored rewrite() {
        return rewrite;
    }

    public String clientText() {
        return clientText;
    }

    /** Whether the server answers by one row that counts, where the client's text would be answered by none. */
    public boolean countsRows() {
        return rewrite != null && rewrite.reply().shape() == Rewrite.Shape.COUNT_ROW;
    }

    /**
     * The number of rows in a DataRow: {@code int16 columns, then for each int32 length, byte[length] value}. Here it has one
     * column, a number as text.
     */
    public static long countIn(ByteBuf in, int start) {
        int valueLength = in.getInt(start + 7);
        long rows = 0;
        for (int i = 0; i < valueLength; i++) {
            rows = rows * 10 + (in.getByte(start + 11 + i) - '0');
        }
        return rows;
    }

    /**
     * Answers the client by the CommandComplete that its own text would have got, from the server's.
     *
     * @param counted the number in the row that counts, if there was one
     */
    public void complete(Outbox client, ByteBuf in, int start, int length, long counted) {
        if (rewrite == null) {
            client.forward(in, start, length);
        } else {
            long rows = countsRows() ? counted : CommandTag.rows(in, start + FrameReader.HEADER_LENGTH, start + length);
            Messages.commandComplete(
                    client.appendable(), CommandTag.of(rewrite.reply().kind(), rows));
        }
    }

    /** Makes the position one in the client's own text, or removes it if it lies outside of that. */
    public ErrorFields shifted(ErrorFields error) {
        return shifted(sql, pieces, clientText, error);
    }

    static ErrorFields shifted(String sql, List<Rewrite.Piece> pieces, @Nullable String clientText, ErrorFields error) {
        String position = error.get(ErrorFields.POSITION);
        if (position == null || clientText == null) {
            return error;
        }
        int characters = Integer.parseInt(position) - 1;
        int own = characters > sql.codePointCount(0, sql.length())
                ? -1
                : Rewrite.Piece.clientIndex(pieces, sql.offsetByCodePoints(0, characters));
        return own >= 0 && own <= clientText.length()
                ? error.with(ErrorFields.POSITION, Integer.toString(clientText.codePointCount(0, own) + 1))
                : error.without(ErrorFields.POSITION);
    }
}
