// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.reply;

import dev.cutover.proxy.wire.ErrorFields;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A client's text in which statements stand in the place of others: each is answered by the command tag of the client's
 * own, statements that were added are not answered at all, and positions in errors are those in the client's text.
 */
public final class EditedText {
    /** The answer to a statement that was added. */
    public static final String NOT_THE_CLIENTS = "";

    private final StringBuilder sql = new StringBuilder();
    private final String original;
    private final List<@Nullable String> tags = new ArrayList<>();
    private final List<Edit> edits = new ArrayList<>();
    private int copied;

    /** In code points: where it lies in the new text, and how much longer the new text is behind it. */
    private record Edit(int start, int end, int longer) {}

    public EditedText(String original) {
        this.original = original;
    }

    /** The next statement stays as it is. */
    public void keep() {
        tags.add(null);
    }

    /**
     * The next statement, which lies at this place of the client's text, is replaced.
     *
     * @param tag what the client gets for it; null if the server's own answer is right
     * @param added what stands behind it, a statement each
     */
    public void replace(int start, int end, String text, @Nullable String tag, List<String> added) {
        sql.append(original, copied, start);
        int from = codePoints(sql);
        sql.append(text);
        tags.add(tag);
        for (String statement : added) {
            sql.append("; ").append(statement);
            tags.add(NOT_THE_CLIENTS);
        }
        copied = end;
        int to = codePoints(sql);
        int before = edits.isEmpty() ? 0 : edits.get(edits.size() - 1).longer();
        edits.add(new Edit(from, to, before + to - from - original.codePointCount(start, end)));
    }

    public boolean changed() {
        return !edits.isEmpty();
    }

    public String sql() {
        return sql + original.substring(copied);
    }

    /** The tag to answer the i-th CommandComplete with; null for the server's own. */
    public @Nullable String tag(int i) {
        return i < tags.size() ? tags.get(i) : null;
    }

    public ErrorFields shifted(ErrorFields error) {
        String position = error.get(ErrorFields.POSITION);
        if (position == null) {
            return error;
        }
        int at = Integer.parseInt(position) - 1;
        int longer = 0;
        for (Edit edit : edits) {
            if (at >= edit.end()) {
                longer = edit.longer();
            } else if (at >= edit.start()) {
                return error.without(ErrorFields.POSITION);
            }
        }
        return error.with(ErrorFields.POSITION, Integer.toString(at - longer + 1));
    }

    private static int codePoints(StringBuilder text) {
        return text.codePointCount(0, text.length());
    }
}
