/** Sessions in memory: scripts say what a client sends, what a server answers, and what must reach either. */
package dev.cutover.proxy.script;
