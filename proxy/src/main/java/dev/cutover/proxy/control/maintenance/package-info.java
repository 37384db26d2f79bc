/** The connections with which the maintenance roles work on the tenants' databases, and who may have them. */
@org.jspecify.annotations.NullMarked
package dev.cutover.proxy.control.maintenance;
