/** The shop that {@code cutover demo} moves and {@code cutover up} offers. */
@NullMarked
package dev.cutover.cli.demo;

import org.jspecify.annotations.NullMarked;
