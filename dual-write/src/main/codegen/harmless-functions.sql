-- Prints the names in harmless-functions.txt: run it on the oldest and the newest supported PostgreSQL and merge the results
-- (LC_ALL=C sort -u).
-- Functions that return a statement's text are left out: a mirrored statement's text is not the client's.
select distinct proname from pg_proc p where pronamespace='pg_catalog'::regnamespace
 and proname not in ('current_query','pg_stat_get_activity','pg_stat_get_backend_activity') and (
 (provolatile<>'v' and proname !~ '^(table|schema|database|query|cursor)_to_xml' and proname !~ '^(ts_rewrite|ts_stat|ts_debug|lo_|pg_event_trigger|binary_upgrade)')
 or proname in ('clock_timestamp','currval','lastval','gen_random_uuid','uuidv4','uuidv7','nextval','setval','random','random_normal','setseed','timeofday','txid_status','pg_xact_status',
 'pg_sleep','pg_sleep_for','pg_sleep_until','pg_notify','pg_advisory_xact_lock','pg_advisory_xact_lock_shared','pg_try_advisory_xact_lock','pg_try_advisory_xact_lock_shared','pg_advisory_lock','pg_advisory_lock_shared','pg_try_advisory_lock','pg_try_advisory_lock_shared','pg_advisory_unlock','pg_advisory_unlock_shared','pg_advisory_unlock_all',
 'pg_blocking_pids','pg_cancel_backend','pg_terminate_backend','pg_database_size','pg_indexes_size','pg_is_in_recovery','pg_lock_status','pg_relation_size','pg_table_size','pg_total_relation_size','pg_tablespace_size','pg_partition_tree','pg_partition_ancestors','pg_sequence_last_value','pg_get_sequence_data','pg_collation_actual_version','pg_database_collation_actual_version','pg_current_wal_lsn','pg_current_wal_flush_lsn','pg_current_wal_insert_lsn','pg_last_wal_receive_lsn','pg_last_wal_replay_lsn','pg_last_xact_replay_timestamp','pg_jit_available','pg_xact_commit_timestamp','bernoulli','system','pg_prepared_xact','pg_basetype')
 or (provolatile='v' and proname ~ '^pg_stat_get_'));

-- The same for extensions, where they are created.
SELECT DISTINCT p.proname FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
JOIN pg_extension e ON e.oid = d.refobjid AND d.refclassid = 'pg_extension'::regclass
WHERE e.extname IN ('uuid-ossp', 'pgcrypto', 'unaccent', 'pg_trgm', 'hstore', 'citext', 'ltree', 'intarray', 'cube', 'earthdistance', 'fuzzystrmatch')
AND p.proname NOT IN ('set_limit') AND p.prorettype <> 'trigger'::regtype;
