@NullMarked
package dev.cutover.cli.render;

import org.jspecify.annotations.NullMarked;
