// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.migration;

import com.zaxxer.hikari.HikariDataSource;
import dev.cutover.dualwrite.database.Address;
import java.sql.SQLException;
import java.util.Properties;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * How a pool connects, for tools whose sessions have settings of their own: those must not come back into the pool.
 *
 * @param driver the driver's properties, with user and password
 */
public record Unpooled(String url, Properties driver) {
    /** What a migration must not inherit from the settings of its role or database. */
    private static final String SETTINGS = "-c default_transaction_read_only=off -c statement_timeout=0"
            + " -c idle_in_transaction_session_timeout=0 -c default_transaction_deferrable=off"
            + " -c default_transaction_isolation=read\\ committed -c row_security=off ";

    /** The same, what not every version of PostgreSQL knows: run first in a session. */
    static final String FIRST = "SELECT set_config(name, '0', false) FROM pg_settings"
            + " WHERE name IN ('idle_session_timeout', 'transaction_timeout')";

    /** @throws SQLException if it is no pool of HikariCP */
    static Unpooled of(DataSource pool) throws SQLException {
        HikariDataSource hikari = pool.unwrap(HikariDataSource.class);
        if (hikari.getDataSource() instanceof Address address) {
            return new Unpooled(address.url(), address.driver());
        }
        Properties driver = new Properties();
        hikari.getDataSourceProperties()
                .forEach((name, value) -> driver.setProperty(String.valueOf(name), String.valueOf(value)));
        driver.setProperty("user", hikari.getUsername());
        if (hikari.getPassword() != null) {
            driver.setProperty("password", hikari.getPassword());
        }
        return new Unpooled(hikari.getJdbcUrl(), driver);
    }

    /** @param options as on the command line of a server: {@code -c name=value} */
    DataSource withOptions(String options) throws SQLException {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setURL(url);
        for (String name : driver.stringPropertyNames()) {
            source.setProperty(name, driver.getProperty(name));
        }
        source.setOptions(SETTINGS + options);
        return source;
    }
}
