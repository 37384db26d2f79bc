@org.jspecify.annotations.NullMarked
package dev.cutover.config.adminapi;
