/** Campaigns: moves many tenants in waves, watches them, and takes back those that fail. */
@org.jspecify.annotations.NullMarked
package dev.cutover.proxy.control.campaign;
