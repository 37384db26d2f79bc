// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

/**
 * Makes tenants of entries that do not stand in the configuration file. An entry has the form of one under {@code tenants.NAME}; the
 * file's clusters, templates and paths hold for it. Safe for use by many threads.
 */
public interface TenantEntries {
    /** Of a configuration that was not read from a file. It knows no entry. */
    TenantEntries NONE = new TenantEntries() {
        @Override
        public String parse(String yaml) throws TenantEntryException {
            throw none();
        }

        @Override
        public void check(String tenant, String entry) throws TenantEntryException {
            throw none();
        }

        @Override
        public TenantConfig make(String tenant, String entry) throws TenantEntryException {
            throw none();
        }

        private TenantEntryException none() {
            return new TenantEntryException("this proxy has no configuration file that tenants could refer to");
        }
    };

    /**
     * An entry in JSON.
     *
     * @param yaml as an operator wrote it under {@code tenants.NAME}; may be empty
     * @throws TenantEntryException if it is not valid YAML
     */
    String parse(String yaml) throws TenantEntryException;

    /**
     * Checks an entry before it is stored.
     *
     * @param entry in JSON
     * @throws TenantEntryException if {@link #make} does not take it, or if it holds a password as it is
     */
    void check(String tenant, String entry) throws TenantEntryException;

    /**
     * The tenant of an entry, completed by its template.
     *
     * @param entry in JSON
     * @throws TenantEntryException if the file does not have what the entry names, or the entry is not as it should be
     */
    TenantConfig make(String tenant, String entry) throws TenantEntryException;
}
