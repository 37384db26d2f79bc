package dev.cutover.config.api;

/** What a side does for the tenant at the moment. */
public enum SideRole {
    SERVING,
    IDLE
}
