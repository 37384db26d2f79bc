@NullMarked
package dev.cutover.cli.verb;

import org.jspecify.annotations.NullMarked;
