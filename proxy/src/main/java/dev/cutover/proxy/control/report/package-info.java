/** What the admin API reports about a tenant. */
@org.jspecify.annotations.NullMarked
package dev.cutover.proxy.control.report;
