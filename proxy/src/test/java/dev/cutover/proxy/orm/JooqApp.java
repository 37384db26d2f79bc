// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.orm;

import static org.jooq.impl.DSL.count;
import static org.jooq.impl.DSL.excluded;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.row;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.table;
import static org.jooq.impl.DSL.val;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.SQLDialect;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/** Statements as jOOQ renders them for PostgreSQL. */
final class JooqApp {
    private static final Table<Record> ITEM = table(name("jooq_item"));
    private static final Field<Integer> ID = field(name("jooq_item", "id"), SQLDataType.INTEGER);
    private static final Field<String> LABEL = field(name("jooq_item", "label"), SQLDataType.VARCHAR);
    private static final Field<BigDecimal> PRICE = field(name("jooq_item", "price"), SQLDataType.NUMERIC);
    private static final Table<Record> SOLD = table(name("jooq_sold"));
    private static final Field<Integer> ITEM_ID = field(name("jooq_sold", "item"), SQLDataType.INTEGER);
    private static final Field<Integer> DAY = field(name("jooq_sold", "day"), SQLDataType.INTEGER);
    private static final Field<Integer> PIECES = field(name("jooq_sold", "pieces"), SQLDataType.INTEGER);

    private JooqApp() {}

    static void run(Connection connection) throws SQLException {
        DSLContext jooq = DSL.using(connection, SQLDialect.POSTGRES);
        for (int i = 1; i <= 10; i++) {
            jooq.insertInto(ITEM, ID, LABEL, PRICE)
                    .values(i, "item " + i, new BigDecimal("1.25"))
                    .execute();
            jooq.insertInto(SOLD, ITEM_ID, DAY, PIECES)
                    .values(i, 1, 2)
                    .values(i, 2, 3)
                    .execute();
            jooq.insertInto(ITEM)
                    .set(ID, i)
                    .set(LABEL, "again")
                    .onConflict(ID)
                    .doUpdate()
                    .set(LABEL, excluded(LABEL))
                    .where(PRICE.isNotNull())
                    .returning(ID, LABEL)
                    .fetchOne();
            jooq.insertInto(SOLD, ITEM_ID, DAY, PIECES)
                    .values(i, 1, 9)
                    .onConflictDoNothing()
                    .execute();
            jooq.insertInto(SOLD, ITEM_ID, DAY, PIECES)
                    .select(select(ITEM_ID, DAY.add(10), PIECES).from(SOLD).where(ITEM_ID.eq(i)))
                    .execute();
            jooq.update(ITEM).set(PRICE, PRICE.mul(val(2))).where(ID.eq(i)).execute();
            jooq.update(ITEM)
                    .set(row(LABEL, PRICE), row(val("both"), val(new BigDecimal("3"))))
                    .where(ID.eq(i).and(LABEL.in("again", "other")))
                    .returningResult(ID, PRICE)
                    .fetch();
            jooq.update(SOLD)
                    .set(PIECES, field(select(count().cast(SQLDataType.INTEGER)).from(ITEM)))
                    .where(ITEM_ID.eq(i).and(DAY.between(1, 2)))
                    .execute();
            jooq.update(SOLD)
                    .set(PIECES, PIECES.plus(1))
                    .from(ITEM)
                    .where(ITEM_ID.eq(ID).and(ID.eq(i)))
                    .execute();
            jooq.deleteFrom(SOLD)
                    .where(ITEM_ID.eq(i).and(DAY.eq(11)))
                    .returning()
                    .fetch();
            jooq.deleteFrom(SOLD)
                    .using(ITEM)
                    .where(ITEM_ID.eq(ID).and(ID.eq(i)).and(DAY.gt(11)))
                    .execute();
        }
        jooq.batch(List.of(
                        jooq.update(ITEM).set(LABEL, "batched").where(ID.eq(1)),
                        jooq.deleteFrom(ITEM).where(ID.eq(inline(2)))))
                .execute();
        jooq.transaction(inner -> inner.dsl()
                .deleteFrom(SOLD)
                .where(ITEM_ID.notIn(select(ID).from(ITEM)))
                .execute());
    }
}
