/** The admin database: what operators may ask in SQL's clothes. */
@NullMarked
package dev.cutover.proxy.admin;

import org.jspecify.annotations.NullMarked;
