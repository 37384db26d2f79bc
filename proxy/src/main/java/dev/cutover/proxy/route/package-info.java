/** Where a tenant's transactions go. */
@NullMarked
package dev.cutover.proxy.route;

import org.jspecify.annotations.NullMarked;
