/** What is expected from a backend, in order, and what becomes of each reply. */
@NullMarked
package dev.cutover.proxy.reply;

import org.jspecify.annotations.NullMarked;
