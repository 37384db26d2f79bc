// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.adminapi;

/** What a side does for the tenant at the moment. */
public enum SideRole {
    SERVING,
    IDLE
}
