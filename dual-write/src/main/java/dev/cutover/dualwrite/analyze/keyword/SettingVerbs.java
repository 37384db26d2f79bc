// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze.keyword;

import dev.cutover.dualwrite.analyze.keyword.Phrase.Finding;
import dev.cutover.dualwrite.analyze.statement.Intent;
import dev.cutover.dualwrite.analyze.statement.Intent.Isolation;
import dev.cutover.dualwrite.analyze.statement.Intent.SessionEffect;
import dev.cutover.dualwrite.analyze.statement.Intent.Setting;
import dev.cutover.dualwrite.analyze.statement.Intent.Setting.Change;
import dev.cutover.dualwrite.analyze.statement.Intent.Transaction;
import dev.cutover.dualwrite.analyze.token.Token;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** SET, RESET and DISCARD in all the spellings that PostgreSQL's grammar gives them. */
public final class SettingVerbs {
    /** Settings whose value set_config() takes in another form than SET, or which are more than a value. */
    private static final Set<String> NOT_BY_FUNCTION = Set.of(
            "search_path",
            "temp_tablespaces",
            "local_preload_libraries",
            "session_preload_libraries",
            "role",
            "session_authorization",
            "seed");

    private SettingVerbs() {}

    static Finding set(Phrase phrase) {
        int i = phrase.from() + 1;
        boolean local = phrase.word(i, "local");
        if (local || phrase.word(i, "session") && !phrase.anyWord(i + 1, "authorization", "characteristics", "to")) {
            i++;
        }
        if (i >= phrase.to()) {
            return Finding.opaque("SET without a name");
        }
        if (phrase.word(i, "transaction")) {
            return TransactionVerbs.set(phrase, i + 1);
        } else if (phrase.word(i, "session") && phrase.word(i + 1, "characteristics")) {
            return characteristics(phrase, phrase.find(i, "transaction") + 1);
        } else if (phrase.word(i, "session") && phrase.word(i + 1, "authorization")) {
            return assign(phrase, "session_authorization", i + 2, local);
        } else if (phrase.word(i, "role") && !assigns(phrase, i + 1)) {
            return assign(phrase, "role", i + 1, local);
        } else if (phrase.word(i, "constraints")) {
            return Finding.of(new Transaction(Transaction.Verb.SET_CONSTRAINTS, null));
        } else if (phrase.word(i, "time") && phrase.word(i + 1, "zone")) {
            return timeZone(phrase, i + 2, local);
        } else if (phrase.word(i, "names")) {
            return assign(phrase, "client_encoding", i + 1, local);
        } else if (phrase.word(i, "schema") && !assigns(phrase, i + 1)) {
            return assign(phrase, "search_path", i + 1, local);
        } else if (phrase.word(i, "xml") && phrase.word(i + 1, "option")) {
            return assign(phrase, "xmloption", i + 2, local);
        }
        return generic(phrase, i, local);
    }

    private static Finding generic(Phrase phrase, int i, boolean local) {
        int equals = phrase.afterName(i);
        if (!phrase.name(i) || !assigns(phrase, equals)) {
            return untracked("SET in a form that is not known");
        }
        String name = settingName(phrase, i, equals);
        if (name.equals("seed")) {
            return untracked("SET seed");
        } else if (name.equals("transaction_isolation")) {
            return Finding.of(new Transaction(Transaction.Verb.SET, isolationOfString(phrase, equals + 1)));
        } else if (name.startsWith("transaction_")) {
            return Finding.of(new Transaction(Transaction.Verb.SET, null));
        }
        return assign(phrase, name, equals + 1, local);
    }

    private static boolean assigns(Phrase phrase, int i) {
        return phrase.word(i, "to") || phrase.symbol(i, '=');
    }

    private static Finding assign(Phrase phrase, String name, int value, boolean local) {
        if (local) {
            return Finding.of(new Setting(new Change.Local(name)));
        }
        boolean toDefault = value >= phrase.to() || value == phrase.to() - 1 && phrase.word(value, "default");
        return Finding.of(
                new Setting(toDefault ? new Change.Reset(name) : new Change.Assign(name, phrase.textFrom(value))));
    }

    private static Finding timeZone(Phrase phrase, int value, boolean local) {
        if (phrase.word(value, "interval") && !local) {
            return untracked("SET TIME ZONE INTERVAL");
        } else if (phrase.word(value, "local") && !local) {
            return Finding.of(new Setting(new Change.Reset("timezone")));
        }
        return assign(phrase, "timezone", value, local);
    }

    private static Finding characteristics(Phrase phrase, int i) {
        if (phrase.word(i, "isolation")) {
            Isolation level = TransactionVerbs.isolationLevel(phrase, i + 2);
            int end = i + (phrase.word(i + 2, "serializable") ? 3 : 4);
            if (level != null && end == phrase.to()) {
                String value = '\'' + level.name().replace('_', ' ').toLowerCase(Locale.ROOT) + '\'';
                return Finding.of(new Setting(new Change.Assign("default_transaction_isolation", value)));
            }
        } else if (phrase.word(i, "read") && i + 2 == phrase.to()) {
            String value = phrase.word(i + 1, "only") ? "on" : "off";
            return Finding.of(new Setting(new Change.Assign("default_transaction_read_only", value)));
        } else if (phrase.word(i, "deferrable") && i + 1 == phrase.to()) {
            return Finding.of(new Setting(new Change.Assign("default_transaction_deferrable", "on")));
        } else if (phrase.word(i, "not") && i + 2 == phrase.to()) {
            return Finding.of(new Setting(new Change.Assign("default_transaction_deferrable", "off")));
        }
        return untracked("SET SESSION CHARACTERISTICS with several modes");
    }

    private static Finding untracked(String reason) {
        return Finding.of(new Intent.Opaque(reason), SessionEffect.UNTRACKED_SETTING);
    }

    static Finding reset(Phrase phrase) {
        int i = phrase.from() + 1;
        if (phrase.word(i, "all")) {
            return Finding.of(new Setting(new Change.ResetAll()));
        } else if (phrase.word(i, "time") && phrase.word(i + 1, "zone")) {
            return Finding.of(new Setting(new Change.Reset("timezone")));
        } else if (phrase.word(i, "session") && phrase.word(i + 1, "authorization")) {
            return Finding.of(new Setting(new Change.Reset("session_authorization")));
        } else if (phrase.word(i, "transaction") || !phrase.name(i)) {
            return Finding.opaque("RESET TRANSACTION");
        }
        String name = settingName(phrase, i, phrase.afterName(i));
        return Finding.of(new Setting(new Change.Reset(name)));
    }

    /**
     * {@code SELECT set_config('name', 'value', false)}, or {@code true}, and nothing else: it is SET, or SET LOCAL.
     *
     * @return null if it is anything else
     */
    static @Nullable Finding setConfig(Phrase phrase) {
        int i = phrase.from() + 1;
        i = phrase.word(i, "pg_catalog") && phrase.symbol(i + 1, '.') ? i + 2 : i;
        boolean literals = phrase.word(i, "set_config")
                && phrase.symbol(i + 1, '(')
                && plainString(phrase, i + 2)
                && phrase.symbol(i + 3, ',')
                && plainString(phrase, i + 4)
                && phrase.symbol(i + 5, ',')
                && phrase.anyWord(i + 6, "true", "false")
                && phrase.symbol(i + 7, ')');
        if (!literals || phrase.to() != i + 8) {
            return null;
        }
        String quoted = phrase.tokens().raw(i + 2);
        String name = quoted.substring(1, quoted.length() - 1).toLowerCase(Locale.ROOT);
        if (NOT_BY_FUNCTION.contains(name) || name.startsWith("transaction_") || name.isEmpty()) {
            return null;
        }
        Change change = phrase.word(i + 6, "true")
                ? new Change.Local(name)
                : new Change.Assign(name, phrase.tokens().raw(i + 4));
        return Finding.of(new Setting(change));
    }

    /** A string in which nothing stands for anything else, whatever {@code standard_conforming_strings} is. */
    private static boolean plainString(Phrase phrase, int i) {
        if (!phrase.tokens().is(i, Token.STRING) || i >= phrase.to()) {
            return false;
        }
        String raw = phrase.tokens().raw(i);
        return raw.length() >= 2
                && raw.charAt(0) == '\''
                && raw.indexOf('\\') < 0
                && raw.indexOf('\'', 1) == raw.length() - 1;
    }

    static Finding discard(Phrase phrase) {
        if (!phrase.word(phrase.from() + 1, "all")) {
            return Finding.of(new Intent.Opaque("DISCARD of one kind"), SessionEffect.MAY_END);
        }
        return Finding.of(new Setting(new Change.DiscardAll()), SessionEffect.SQL_DEALLOCATE_ALL);
    }

    private static String settingName(Phrase phrase, int from, int to) {
        StringBuilder name = new StringBuilder();
        for (int i = from; i < to; i += 2) {
            name.append(i == from ? "" : ".").append(phrase.tokens().name(i));
        }
        return name.toString().toLowerCase(Locale.ROOT);
    }

    private static @Nullable Isolation isolationOfString(Phrase phrase, int value) {
        String level = value < phrase.to() ? phrase.tokens().lower(value) : "";
        if (level.contains("serializable")) {
            return Isolation.SERIALIZABLE;
        } else if (level.contains("repeatable")) {
            return Isolation.REPEATABLE_READ;
        }
        return level.contains("read") ? Isolation.READ_COMMITTED : null;
    }
}
