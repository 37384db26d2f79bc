// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze.calcite;

import dev.cutover.dualwrite.analyze.statement.WriteStatement.Kind;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the parts of a write begin. The generated parser calls the methods in the order of the text; every position is an
 * index into the text it was given, and -1 is "not there".
 */
public final class WriteOutline {
    /** Behind the last token. */
    public static final int END = Integer.MAX_VALUE;

    /**
     * One item of the RETURNING list.
     *
     * @param before where the comma or the word RETURNING in front of it begins
     * @param end where the token behind its expression begins
     */
    record Item(int before, int end, int alias) {}

    private Kind kind = Kind.INSERT;
    private int target = -1;
    private int alias = -1;
    private final List<Integer> assigned = new ArrayList<>();
    private boolean joins;
    private int returning = -1;
    private final List<Item> items = new ArrayList<>();
    private int beforeItem;

    public void insert() {
        kind = Kind.INSERT;
    }

    public void update() {
        kind = Kind.UPDATE;
    }

    public void delete() {
        kind = Kind.DELETE;
    }

    public void target(int start) {
        target = start;
    }

    public void alias(int start) {
        alias = start;
    }

    public void assigned(int start) {
        assigned.add(start);
    }

    public void joins() {
        joins = true;
    }

    public void returning(int start) {
        returning = start;
    }

    public void itemFollows(int start) {
        beforeItem = start;
    }

    public void itemEnd(int end) {
        items.add(new Item(beforeItem, end, -1));
    }

    public void itemAlias(int start) {
        Item last = items.remove(items.size() - 1);
        items.add(new Item(last.before(), last.end(), start));
    }

    Kind kind() {
        return kind;
    }

    int target() {
        return target;
    }

    int alias() {
        return alias;
    }

    List<Integer> assigned() {
        return assigned;
    }

    boolean hasJoins() {
        return joins;
    }

    int returning() {
        return returning;
    }

    List<Item> items() {
        return items;
    }
}
