// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.database;

import java.util.List;
import javax.sql.DataSource;

/** Where the two sides of one direction lie, as the maintenance role sees them. */
public sealed interface Placement {
    DataSource serving();

    DataSource idle();

    /** Each database once, the serving one first. */
    List<DataSource> databases();

    /** Where the sides lie when their roles are swapped. */
    Placement reversed();

    /** One statement, and one transaction, can see and write both sides. */
    record OneDatabase(DataSource database) implements Placement {
        @Override
        public DataSource serving() {
            return database;
        }

        @Override
        public DataSource idle() {
            return database;
        }

        @Override
        public List<DataSource> databases() {
            return List.of(database);
        }

        @Override
        public Placement reversed() {
            return this;
        }
    }

    /** Two databases of one server or of two. Nothing spans both; what is done to both is done so that it can be repeated. */
    record TwoDatabases(DataSource serving, DataSource idle) implements Placement {
        @Override
        public List<DataSource> databases() {
            return List.of(serving, idle);
        }

        @Override
        public Placement reversed() {
            return new TwoDatabases(idle, serving);
        }
    }

    /** One database if both are the same object. */
    static Placement of(DataSource serving, DataSource idle) {
        return serving == idle ? new OneDatabase(serving) : new TwoDatabases(serving, idle);
    }
}
