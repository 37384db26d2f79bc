/** The embedded PostgreSQL of the demo and of {@code cutover up}. */
@NullMarked
package dev.cutover.proxy.embedded;

import org.jspecify.annotations.NullMarked;
