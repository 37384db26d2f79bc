/** When each tenant's marks are carried over: one look for all tenants of a database, and workers that they share. */
@org.jspecify.annotations.NullMarked
package dev.cutover.proxy.control.schedule;
