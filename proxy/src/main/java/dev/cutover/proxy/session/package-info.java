/** A client's session: what it sends, which backend connection runs it, and what it is told. */
@NullMarked
package dev.cutover.proxy.session;

import org.jspecify.annotations.NullMarked;
