// SPDX-License-Identifier: Apache-2.0
/** How operators choose tenants. */
@org.jspecify.annotations.NullMarked
package dev.cutover.config.selection;
