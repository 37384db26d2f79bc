// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.crash;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What one client has written to rows that it alone writes, and what it knows of the outcomes. Each attempt has a version of its
 * own, so that a row tells which attempt it is from.
 *
 * <p>A key's row must be the one of the last acknowledged attempt, or of an attempt after it whose outcome is unknown. Beside
 * the rows stands a log, which a trigger of the tenant's own appends to: it must hold each acknowledged version once, those of
 * a transaction whose outcome is unknown either all or none, and no other one.
 *
 * <p>Safe for use by the client and a judge at the same time.
 */
final class Journal {
    /** In place of a version: there is no row. */
    static final long ABSENT = 0;

    private final Map<Integer, Key> keys = new HashMap<>();
    private final Set<Long> logged = new HashSet<>();
    private final List<Set<Long>> perhapsLogged = new ArrayList<>();
    private long acknowledged;
    private long unknown;

    /** One attempt to write a key. @param version {@link #ABSENT} to delete its row */
    record Write(int key, long version) {}

    private static final class Key {
        long settled = ABSENT;
        final List<Long> perhaps = new ArrayList<>();
    }

    /** The transaction that made these writes, in this order, was acknowledged. */
    synchronized void acknowledged(List<Write> transaction) {
        acknowledged++;
        for (Write write : transaction) {
            Key key = key(write.key());
            key.settled = write.version();
            key.perhaps.clear();
            if (write.version() != ABSENT) {
                logged.add(write.version());
            }
        }
    }

    /** The connection was lost before the transaction's outcome was known. */
    synchronized void unknown(List<Write> transaction) {
        unknown++;
        Map<Integer, Long> last = new HashMap<>();
        Set<Long> versions = new HashSet<>();
        for (Write write : transaction) {
            last.put(write.key(), write.version());
            if (write.version() != ABSENT) {
                versions.add(write.version());
            }
        }
        last.forEach((key, version) -> key(key).perhaps.add(version));
        if (!versions.isEmpty()) {
            perhapsLogged.add(versions);
        }
    }

    /** Whether the key's row must be there. */
    synchronized boolean present(int key) {
        return key(key).settled != ABSENT && !key(key).perhaps.contains(ABSENT);
    }

    /** Whether the key's row must not be there. */
    synchronized boolean absent(int key) {
        return key(key).settled == ABSENT && key(key).perhaps.stream().allMatch(version -> version == ABSENT);
    }

    /** Every key that was ever written. */
    synchronized Set<Integer> keys() {
        return Set.copyOf(keys.keySet());
    }

    /**
     * Says what is wrong with the rows and the log, if anything, and takes for settled what was unknown.
     *
     * @param rows by key, the versions found
     * @param log by version, how often it was found
     */
    synchronized List<String> judge(Map<Integer, Long> rows, Map<Long, Integer> log) {
        List<String> wrong = new ArrayList<>();
        keys.forEach((number, key) -> {
            long found = rows.getOrDefault(number, ABSENT);
            if (found != key.settled && !key.perhaps.contains(found)) {
                wrong.add("key " + number + " has version " + found + ", acknowledged was " + key.settled + ", unknown "
                        + key.perhaps);
            }
            key.settled = found;
            key.perhaps.clear();
        });
        rows.forEach((number, found) -> {
            if (!keys.containsKey(number)) {
                wrong.add("key " + number + " has version " + found + " and was never written");
            }
        });
        judgeLog(log, wrong);
        return wrong;
    }

    private void judgeLog(Map<Long, Integer> log, List<String> wrong) {
        for (long version : logged) {
            if (log.getOrDefault(version, 0) != 1) {
                wrong.add("acknowledged version " + version + " is in the log " + log.getOrDefault(version, 0)
                        + " times");
            }
        }
        for (Set<Long> transaction : perhapsLogged) {
            Set<Long> found = new HashSet<>(transaction);
            found.retainAll(log.keySet());
            if (!found.isEmpty() && found.size() < transaction.size()) {
                wrong.add("of the transaction with versions " + transaction + " the log has only " + found);
            }
            logged.addAll(found);
        }
        perhapsLogged.clear();
        log.forEach((version, times) -> {
            if (!logged.contains(version)) {
                wrong.add("version " + version + " is in the log and was never written, or failed");
            } else if (times > 1) {
                wrong.add("version " + version + " is in the log " + times + " times");
            }
        });
    }

    /** The log was emptied. */
    synchronized void forgetLog() {
        logged.clear();
        perhapsLogged.clear();
    }

    synchronized long acknowledgedTransactions() {
        return acknowledged;
    }

    synchronized long unknownTransactions() {
        return unknown;
    }

    private Key key(int number) {
        return keys.computeIfAbsent(number, unseen -> new Key());
    }
}
