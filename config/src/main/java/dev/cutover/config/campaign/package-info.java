/** Campaigns: which tenants move, in which waves, and what must hold for each of them. */
@org.jspecify.annotations.NullMarked
package dev.cutover.config.campaign;
