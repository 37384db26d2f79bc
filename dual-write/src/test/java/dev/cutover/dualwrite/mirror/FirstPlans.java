// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mirror;

import java.lang.management.ClassLoadingMXBean;
import java.lang.management.ManagementFactory;

/** Makes a planner and plans its first writes; prints how many classes the JVM has loaded for each of the two. */
final class FirstPlans {
    private FirstPlans() {}

    public static void main(String[] args) {
        ClassLoadingMXBean classes = ManagementFactory.getClassLoadingMXBean();
        long before = classes.getTotalLoadedClassCount();
        StatementPlanner planner = Planners.mirroring(Fixture.PLAN);
        long made = classes.getTotalLoadedClassCount();
        planner.plan("INSERT INTO accounts (id, \"Name\") VALUES ($1, lower($2)) RETURNING id");
        planner.plan("UPDATE accounts SET balance = balance + 1 WHERE id = $1");
        planner.plan("DELETE FROM accounts WHERE id = $1");
        System.out.println((made - before) + " " + (classes.getTotalLoadedClassCount() - made));
    }
}
