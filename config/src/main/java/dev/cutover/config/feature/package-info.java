// SPDX-License-Identifier: Apache-2.0
/** Features: what each needs, and whether it is on for a tenant. */
@org.jspecify.annotations.NullMarked
package dev.cutover.config.feature;
