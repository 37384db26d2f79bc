/** Runs a tenant's migrations with Flyway or Liquibase. */
@org.jspecify.annotations.NullMarked
package dev.cutover.dualwrite.schema.migration;
