// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.database;

import java.util.Properties;

/** How a data source connects at this moment, for tools that open connections of their own. */
public interface Address {
    /** For the JDBC driver. */
    String url();

    /** The driver's properties, with user and password. */
    Properties driver();
}
