@NullMarked
package dev.cutover.cli.admin;

import org.jspecify.annotations.NullMarked;
