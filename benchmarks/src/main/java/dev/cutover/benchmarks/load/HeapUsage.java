// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import java.io.IOException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What is alive in the heap of a JVM. */
final class HeapUsage {
    private static final Pattern HEAP_USED = Pattern.compile("used (\\d+)K");

    private HeapUsage() {}

    /** Has it collect garbage. @return what is used then, in KiB */
    static long afterCollection(long pid) throws IOException, InterruptedException {
        String jcmd = System.getProperty("java.home") + "/bin/jcmd";
        Program.run(List.of(jcmd, Long.toString(pid), "GC.run"));
        Matcher used = HEAP_USED.matcher(Program.run(List.of(jcmd, Long.toString(pid), "GC.heap_info")));
        if (!used.find()) {
            throw new IOException("jcmd GC.heap_info says nothing of the heap");
        }
        return Long.parseLong(used.group(1));
    }
}
