// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The admin API, and the admin database.
 *
 * @param token the bearer token; null closes every endpoint but health
 * @param users the roles that may use the admin database; empty closes it
 */
public record AdminConfig(Endpoint endpoint, @Nullable Secret token, List<String> users) {
    /** What clients name as their database to get to the admin database. No tenant has this name. */
    public static final String DATABASE = "cutover";

    /** Without an admin database. */
    public AdminConfig(Endpoint endpoint, @Nullable Secret token) {
        this(endpoint, token, List.of());
    }
}
