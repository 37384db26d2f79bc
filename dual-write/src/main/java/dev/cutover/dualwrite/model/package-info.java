/** The mapping between a tenant's two sides, as all work on rows uses it. */
@org.jspecify.annotations.NullMarked
package dev.cutover.dualwrite.model;
