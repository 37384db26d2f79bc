/** How a reply to a text that was sent in place of the client's becomes the reply to the client's own. */
@NullMarked
package dev.cutover.proxy.reply;

import org.jspecify.annotations.NullMarked;
