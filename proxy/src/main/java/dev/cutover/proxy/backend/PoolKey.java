package dev.cutover.proxy.backend;

/** What a backend connection is good for. */
public record PoolKey(String cluster, String database, String user) {}
