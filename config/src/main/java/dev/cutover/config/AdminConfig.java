package dev.cutover.config;

import org.jspecify.annotations.Nullable;

/**
 * The admin API.
 *
 * @param token the bearer token; null closes every endpoint but health
 */
public record AdminConfig(Endpoint endpoint, @Nullable Secret token) {}
