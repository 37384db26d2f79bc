/** Tables and columns as PostgreSQL's catalogs describe them. */
@org.jspecify.annotations.NullMarked
package dev.cutover.dualwrite.catalog;
