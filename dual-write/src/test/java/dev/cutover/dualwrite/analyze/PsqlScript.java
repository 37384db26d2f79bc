// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A script for psql, split into the statements that psql would send: by a scanner of its own, so that the split does not
 * depend on what is being tested. psql's own commands, the data of COPY and variables are left out or as they are.
 */
final class PsqlScript {
    private final String text;
    private final List<String> statements = new ArrayList<>();
    private int at;
    private int begin;
    private int depth;
    private int blocks;
    private String lastWord = "";

    private PsqlScript(String text) {
        this.text = text;
    }

    static List<String> statements(String text) {
        PsqlScript script = new PsqlScript(text);
        script.run();
        return script.statements;
    }

    private void run() {
        while (at < text.length()) {
            char c = text.charAt(at);
            if (text.startsWith("--", at)) {
                at = lineEnd(at);
            } else if (text.startsWith("/*", at)) {
                comment();
            } else if (c == '\'') {
                quoted(c, lastWord.equals("e"));
            } else if (c == '"') {
                quoted(c, false);
            } else if (c == '$') {
                dollar();
            } else if (c == '\\') {
                command();
            } else if (c == ';' && depth <= 0 && blocks == 0) {
                at++;
                end(at - 1);
            } else if (Character.isLetter(c) || c == '_') {
                word();
                continue;
            } else {
                depth += c == '(' ? 1 : c == ')' ? -1 : 0;
                at++;
            }
            lastWord = "";
        }
        end(at);
    }

    private void end(int end) {
        String statement = text.substring(begin, end).strip();
        begin = at;
        depth = 0;
        blocks = 0;
        if (!statement.isEmpty()) {
            statements.add(statement);
            if (statement.toLowerCase(Locale.ROOT).matches("(?s).*\\bcopy\\b.*\\bfrom\\s+stdin\\b.*")) {
                data();
            }
        }
    }

    /** The data of COPY, up to the line that ends it. */
    private void data() {
        int end = text.indexOf("\n\\.\n", at - 1);
        if (end >= 0) {
            at = end + 4;
            begin = at;
        }
    }

    /** A command of psql's: {@code \g} and its kin send what stands before them, the others nothing. */
    private void command() {
        int end = lineEnd(at);
        if (text.startsWith("\\;", at)) {
            at += 2;
            end(at - 2);
        } else if (text.startsWith("\\g", at) && !text.startsWith("\\getenv", at) || text.startsWith("\\cross", at)) {
            int before = at;
            at = end;
            end(before);
        } else {
            String before = text.substring(begin, at).strip();
            at = end;
            if (before.isEmpty()) {
                begin = at;
            }
        }
    }

    private void word() {
        int first = at;
        while (at < text.length() && (Character.isLetterOrDigit(text.charAt(at)) || text.charAt(at) == '_')) {
            at++;
        }
        String word = text.substring(first, at).toLowerCase(Locale.ROOT);
        if (word.equals("atomic") && lastWord.equals("begin")) {
            blocks++;
        } else if (blocks > 0) {
            blocks += word.equals("case") ? 1 : word.equals("end") ? -1 : 0;
        }
        // BEGIN ATOMIC has white space between its words.
        while (at < text.length() && word.equals("begin") && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
        lastWord = word;
    }

    private void comment() {
        int nested = 0;
        do {
            if (text.startsWith("/*", at)) {
                nested++;
                at += 2;
            } else if (text.startsWith("*/", at)) {
                nested--;
                at += 2;
            } else {
                at++;
            }
        } while (nested > 0 && at < text.length());
    }

    private void quoted(char quote, boolean escapes) {
        at++;
        while (at < text.length() && text.charAt(at) != quote) {
            at += escapes && text.charAt(at) == '\\' ? 2 : 1;
        }
        at++;
    }

    private void dollar() {
        int end = at + 1;
        while (end < text.length() && (Character.isLetterOrDigit(text.charAt(end)) || text.charAt(end) == '_')) {
            end++;
        }
        boolean begins = end < text.length()
                && text.charAt(end) == '$'
                && !Character.isDigit(text.charAt(at + 1))
                && (at == 0 || !Character.isLetterOrDigit(text.charAt(at - 1)));
        if (!begins) {
            at++;
            return;
        }
        String tag = text.substring(at, end + 1);
        int close = text.indexOf(tag, end + 1);
        at = close < 0 ? text.length() : close + tag.length();
    }

    private int lineEnd(int from) {
        int end = text.indexOf('\n', from);
        return end < 0 ? text.length() : end + 1;
    }
}
