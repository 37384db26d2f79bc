// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze.keyword;

import dev.cutover.dualwrite.analyze.keyword.Phrase.Finding;
import dev.cutover.dualwrite.analyze.statement.Intent.Ddl;
import dev.cutover.dualwrite.analyze.statement.Intent.SessionEffect;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** CREATE, ALTER and DROP: the command tag and the tables that are named. */
public final class DdlVerbs {
    /** Kinds of object whose own name is the name of a relation. */
    private static final Set<String> RELATIONS = Set.of("table", "view", "sequence");
    /** Kinds of object that belong to a table named after ON. */
    private static final Set<String> PARTS = Set.of("trigger", "policy", "rule", "statistics");
    /** Words between CREATE and the kind of object that are no part of a command tag. */
    private static final Set<String> ADJECTIVES = Set.of(
            "or",
            "replace",
            "temp",
            "temporary",
            "global",
            "local",
            "unlogged",
            "unique",
            "recursive",
            "constraint",
            "trusted",
            "procedural",
            "default");
    /** Kinds of object that take a second word in a command tag. */
    private static final Set<String> LONG_KINDS = Set.of(
            "materialized", "foreign", "event", "text", "access", "operator", "user", "large", "default", "procedural");

    private DdlVerbs() {}

    static Finding find(Phrase phrase) {
        String verb = phrase.tokens().lower(phrase.from());
        int kind = phrase.from() + 1;
        boolean temporary = false;
        while (kind < phrase.to() && ADJECTIVES.contains(phrase.tokens().lower(kind))) {
            temporary |= phrase.anyWord(kind, "temp", "temporary");
            kind++;
        }
        if (kind >= phrase.to()) {
            return Finding.opaque(verb + " without an object");
        }
        String object = phrase.tokens().lower(kind);
        int name = kind + 1;
        if (LONG_KINDS.contains(object) && name < phrase.to() && phrase.name(name) && !object.equals("user")) {
            object = object + ' ' + phrase.tokens().lower(name);
            name++;
        }
        Ddl ddl = new Ddl((verb + ' ' + object).toUpperCase(Locale.ROOT), tables(phrase, verb, object, name));
        boolean creates = verb.equals("create");
        temporary = creates && (temporary || phrase.mayContainName(kind, "pg_temp")) && !droppedOnCommit(phrase);
        if (temporary) {
            return Finding.of(ddl, SessionEffect.TEMPORARY_OBJECT);
        }
        return verb.equals("drop") ? Finding.of(ddl, SessionEffect.MAY_END) : Finding.of(ddl);
    }

    private static List<String> tables(Phrase phrase, String verb, String object, int after) {
        List<String> tables = new ArrayList<>();
        String last = object.substring(object.lastIndexOf(' ') + 1);
        if (object.equals("index") && verb.equals("create") || PARTS.contains(object)) {
            boolean rule = object.equals("rule") && verb.equals("create");
            int on = phrase.find(rule ? phrase.find(after, "on") : after, rule ? "to" : "on");
            if (object.equals("statistics")) {
                on = phrase.find(after, "from");
            }
            addName(phrase, phrase.skip(on + 1, "only"), tables);
        } else if (RELATIONS.contains(last)) {
            int i = phrase.skip(phrase.skipIfExists(after), "only");
            addName(phrase, i, tables);
            if (verb.equals("drop")) {
                while (phrase.name(i) && phrase.symbol(phrase.afterName(i), ',')) {
                    i = phrase.afterName(i) + 1;
                    addName(phrase, i, tables);
                }
            } else {
                addParents(phrase, i, tables);
            }
        }
        return List.copyOf(tables);
    }

    /** INHERITS (a, b), INHERIT a, PARTITION OF a, ATTACH or DETACH PARTITION a: they change the other table too. */
    private static void addParents(Phrase phrase, int from, List<String> tables) {
        for (int i = from; i < phrase.to(); i++) {
            if (phrase.word(i, "inherits") && phrase.symbol(i + 1, '(')) {
                int close = phrase.tokens().closing(i + 1, phrase.to());
                for (int k = i + 2; k < close; k = phrase.afterName(k) + 1) {
                    addName(phrase, k, tables);
                }
            } else if (phrase.word(i, "inherit")
                    || phrase.word(i, "partition")
                            && (phrase.word(i + 1, "of") || phrase.anyWord(i - 1, "attach", "detach"))) {
                addName(phrase, phrase.skip(i + 1, "of"), tables);
            }
        }
    }

    private static void addName(Phrase phrase, int i, List<String> tables) {
        String name = phrase.lastNamePart(i);
        if (name != null) {
            tables.add(name);
        }
    }

    private static boolean droppedOnCommit(Phrase phrase) {
        int drop = phrase.find(phrase.from(), "commit") + 1;
        return phrase.word(drop, "drop") && phrase.word(drop - 2, "on");
    }
}
