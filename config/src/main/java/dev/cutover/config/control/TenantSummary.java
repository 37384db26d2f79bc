package dev.cutover.config.control;

import dev.cutover.config.Phase;
import dev.cutover.config.Side;

/** One line of {@code cutover tenants}. */
public record TenantSummary(String tenant, String database, Phase phase, Side serving, long epoch, int sessions) {}
