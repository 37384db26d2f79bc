// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mirror;

import dev.cutover.dualwrite.analyze.statement.AnalyzedText;
import dev.cutover.dualwrite.analyze.statement.AnalyzedText.Statement;
import dev.cutover.dualwrite.analyze.statement.Intent;
import java.util.Map;

/** What a query text is, as the meters tell texts apart. */
public enum StatementKind {
    READ,
    INSERT,
    UPDATE,
    DELETE,
    MERGE,
    COPY,
    TRUNCATE,
    /** CALL and DO. */
    PROCEDURE,
    DDL,
    TRANSACTION,
    SETTING,
    /** More than one statement. */
    SEVERAL,
    OTHER;

    private static final int LONGEST_VERB = 8;
    private static final Map<String, StatementKind> BY_VERB = Map.of(
            "insert", INSERT,
            "update", UPDATE,
            "delete", DELETE,
            "merge", MERGE,
            "copy", COPY,
            "truncate", TRUNCATE,
            "call", PROCEDURE,
            "do", PROCEDURE,
            "select", READ);

    /** By what analysis has found, else by the first word. */
    public static StatementKind of(String sql, AnalyzedText text) {
        if (text.statements().size() != 1) {
            return text.statements().isEmpty() ? OTHER : SEVERAL;
        }
        Statement statement = text.statements().get(0);
        Intent intent = statement.intent();
        if (intent instanceof Intent.Write write) {
            return valueOf(write.statement().kind().name());
        } else if (intent instanceof Intent.Transaction) {
            return TRANSACTION;
        } else if (intent instanceof Intent.Setting) {
            return SETTING;
        } else if (intent instanceof Intent.Ddl) {
            return DDL;
        }
        return intent instanceof Intent.Opaque
                ? byVerb(sql, statement.start())
                : intent instanceof Intent.Read || intent instanceof Intent.Show ? READ : OTHER;
    }

    private static StatementKind byVerb(String sql, int start) {
        int end = start;
        while (end < sql.length() && end - start <= LONGEST_VERB && Character.isLetter(sql.charAt(end))) {
            end++;
        }
        return BY_VERB.getOrDefault(sql.substring(start, end).toLowerCase(java.util.Locale.ROOT), OTHER);
    }
}
