// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mirror;

import dev.cutover.dualwrite.analyze.SchemaNames;
import dev.cutover.dualwrite.analyze.SchemaNames.Found;
import dev.cutover.dualwrite.analyze.SchemaNames.Name;
import dev.cutover.dualwrite.mirror.Rewrite.Piece;
import dev.cutover.dualwrite.mirror.Rewrite.Refused;
import dev.cutover.dualwrite.model.SqlText;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A client's text, in which the serving side's schema has replaced the other side's.
 *
 * @param pieces what the client has written of it
 */
public record Translation(String sql, List<Piece> pieces) {
    public Translation {
        pieces = List.copyOf(pieces);
    }

    /**
     * What a text means on the serving side.
     *
     * @param translation null if the text can go as it is
     * @param refused null if it can be translated
     * @param namesSide whether it names a side's schema, be it the serving one's
     */
    public record Meaning(
            @Nullable Translation translation, @Nullable Refused refused, boolean namesSide) {
        static final Meaning AS_IT_STANDS = new Meaning(null, null, false);
        static final Meaning NAMES_THE_SERVING_SIDE = new Meaning(null, null, true);
    }

    /**
     * Translates a text. Lexes it.
     *
     * @param own the schemas of the tenant's sides
     * @param serving that of them which serves
     */
    public static Meaning of(String sql, Set<String> own, String serving) {
        Found found = SchemaNames.find(sql, own);
        for (Map.Entry<String, String> elsewhere : found.elsewhere().entrySet()) {
            if (elsewhere.getKey().equals(serving)) {
                continue;
            }
            return new Meaning(
                    null,
                    new Refused(
                            "0A000",
                            elsewhere.getValue() + " names schema " + SqlText.identifier(elsewhere.getKey())
                                    + ", whose side does not serve",
                            "The proxy cannot put schema " + SqlText.identifier(serving)
                                    + ", which serves, in its place. Leave the schema out, or name that one."),
                    true);
        }
        if (found.names().stream().allMatch(each -> each.schema().equals(serving))) {
            boolean none = found.names().isEmpty() && found.elsewhere().isEmpty();
            return none ? Meaning.AS_IT_STANDS : Meaning.NAMES_THE_SERVING_SIDE;
        }
        StringBuilder text = new StringBuilder();
        List<Piece> pieces = new ArrayList<>();
        int copied = 0;
        String name = SqlText.identifier(serving);
        for (Name each : found.names()) {
            if (each.schema().equals(serving)) {
                continue;
            }
            pieces.add(new Piece(text.length(), copied, each.start() - copied));
            text.append(sql, copied, each.start());
            // An error at the schema keeps its position.
            pieces.add(new Piece(text.length(), each.start(), 1));
            text.append(each.quoted() ? name.replace("'", "''") : name);
            copied = each.end();
        }
        pieces.add(new Piece(text.length(), copied, sql.length() - copied + 1));
        text.append(sql, copied, sql.length());
        return new Meaning(new Translation(text.toString(), pieces), null, true);
    }

    /** Pieces of this text as pieces of the client's. */
    List<Piece> clients(List<Piece> ofThis) {
        List<Piece> composed = new ArrayList<>();
        for (Piece outer : ofThis) {
            for (Piece inner : pieces) {
                int from = Math.max(outer.from(), inner.at());
                int to = Math.min(outer.from() + outer.length(), inner.at() + inner.length());
                if (from < to) {
                    composed.add(
                            new Piece(outer.at() + from - outer.from(), inner.from() + from - inner.at(), to - from));
                }
            }
        }
        return composed;
    }
}
