/** Who a client is, and how the proxy proves to a backend who it is. */
@NullMarked
package dev.cutover.proxy.auth;

import org.jspecify.annotations.NullMarked;
