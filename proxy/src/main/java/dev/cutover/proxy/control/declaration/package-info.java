/** Tenants that come and go while the proxy runs: by command, and as the rows of a catalog table do. */
@org.jspecify.annotations.NullMarked
package dev.cutover.proxy.control.declaration;
