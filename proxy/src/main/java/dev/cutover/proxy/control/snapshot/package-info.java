/** Snapshots of a side's schema, made and restored by PostgreSQL's own programs. Knows nothing of tenants' phases. */
@NullMarked
package dev.cutover.proxy.control.snapshot;

import org.jspecify.annotations.NullMarked;
