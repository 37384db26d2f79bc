package dev.cutover.config.api;

/** A transaction that a flip waited for in vain. */
public record Blocker(int pid, String client, String user, String state, long ageMillis, String query) {}
