/** The state of a tenant while the proxy runs. */
@org.jspecify.annotations.NullMarked
package dev.cutover.proxy.control.tenant;
