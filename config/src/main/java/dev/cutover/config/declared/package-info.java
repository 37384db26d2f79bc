/** Tenants that are declared outside the configuration file: their entries, and how they join the file's tenants. */
@org.jspecify.annotations.NullMarked
package dev.cutover.config.declared;
