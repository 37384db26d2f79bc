// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session.state;

import java.util.Set;

/** Settings that every role may change, as far as they are known: so it does not matter to which one they are replayed. */
public final class UnprivilegedSettings {
    private static final Set<String> SETTINGS = Set.of(
            ("role session_authorization search_path application_name client_encoding client_min_messages timezone"
                            + " datestyle intervalstyle bytea_output extra_float_digits xmloption lc_monetary lc_numeric lc_time"
                            + " standard_conforming_strings backslash_quote escape_string_warning default_text_search_config"
                            + " default_transaction_isolation default_transaction_read_only default_transaction_deferrable"
                            + " statement_timeout lock_timeout idle_in_transaction_session_timeout idle_session_timeout"
                            + " transaction_timeout row_security check_function_bodies synchronous_commit work_mem"
                            + " maintenance_work_mem temp_buffers plan_cache_mode jit random_page_cost seq_page_cost"
                            + " effective_cache_size enable_seqscan enable_indexscan enable_bitmapscan enable_hashjoin"
                            + " enable_mergejoin enable_nestloop max_parallel_workers_per_gather join_collapse_limit"
                            + " from_collapse_limit constraint_exclusion default_tablespace"
                            + " default_table_access_method password_encryption")
                    .split(" "));

    /** Extensions that let superusers only change some of theirs. */
    private static final Set<String> GUARDED =
            Set.of("auto_explain", "pg_stat_statements", "plpgsql", "pgaudit", "pg_hint_plan");

    private UnprivilegedSettings() {}

    /** An application's own setting has a dot in its name. */
    static boolean maySet(String name) {
        int dot = name.indexOf('.');
        return SETTINGS.contains(name) || dot > 0 && !GUARDED.contains(name.substring(0, dot));
    }
}
