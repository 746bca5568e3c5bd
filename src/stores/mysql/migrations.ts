import { sql, type Kysely, type Migration } from 'kysely';

/** Said in every table, because a server's default may be latin1 and a database's anything. */
export const TABLE = 'ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin';

/** Data definition is not transactional here: each statement must bear being run again after a crash. */
function statements(...texts: readonly string[]): Migration {
  return {
    up: async (db: Kysely<unknown>) => {
      for (const text of texts) await sql.raw(text).execute(db);
    },
  };
}

/** By name, run in this order; what was released is never edited. In the subset of MySQL 8 and MariaDB 10.11. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '001-ledger': statements(
    `CREATE TABLE IF NOT EXISTS strata_meta (
       name VARBINARY(64) NOT NULL PRIMARY KEY, value VARBINARY(1024) NOT NULL) ${TABLE}`,
    `CREATE TABLE IF NOT EXISTS strata_definition_sets (
       hash VARBINARY(128) NOT NULL PRIMARY KEY, author TEXT NOT NULL, published_at VARCHAR(32) NOT NULL,
       definitions LONGTEXT NOT NULL) ${TABLE}`,
    `CREATE TABLE IF NOT EXISTS strata_run_keys (
       run_key INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, run_id VARBINARY(512) NOT NULL,
       slot VARCHAR(32) NOT NULL, given_at BIGINT NOT NULL, UNIQUE KEY by_run (run_id)) ${TABLE}`,
    `CREATE TABLE IF NOT EXISTS strata_runs (
       run_key INT UNSIGNED NOT NULL PRIMARY KEY, begun LONGTEXT NOT NULL, fenced LONGTEXT NOT NULL,
       finished LONGTEXT NULL, KEY by_end (finished(1))) ${TABLE}`,
    `CREATE TABLE IF NOT EXISTS strata_batches (
       run_key INT UNSIGNED NOT NULL, batch INT UNSIGNED NOT NULL, scan TINYINT UNSIGNED NOT NULL,
       \`range\` MEDIUMTEXT NOT NULL, state VARCHAR(16) NOT NULL, failure MEDIUMTEXT NULL, tally LONGTEXT NULL,
       PRIMARY KEY (run_key, batch)) ${TABLE}`,
    `CREATE TABLE IF NOT EXISTS strata_set_aside (
       run_id VARBINARY(512) NOT NULL, profile_id VARBINARY(512) NOT NULL, reason TEXT NOT NULL,
       PRIMARY KEY (run_id, profile_id)) ${TABLE}`,
    `CREATE TABLE IF NOT EXISTS strata_fences (
       segment VARBINARY(255) NOT NULL PRIMARY KEY, slot_time BIGINT NOT NULL) ${TABLE}`,
    `CREATE TABLE IF NOT EXISTS strata_paused_segments (
       segment VARBINARY(255) NOT NULL PRIMARY KEY, reason TEXT NOT NULL, paused_at VARCHAR(32) NOT NULL) ${TABLE}`,
    `CREATE TABLE IF NOT EXISTS strata_firings (
       segment VARBINARY(255) NOT NULL, firing_at VARCHAR(32) NOT NULL, run_id VARBINARY(512) NOT NULL,
       PRIMARY KEY (segment, firing_at)) ${TABLE}`,
  ),
  '002-membership-log': statements(
    `CREATE TABLE IF NOT EXISTS strata_value_codes (
       code INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, value VARBINARY(255) NOT NULL,
       UNIQUE KEY by_value (value)) ${TABLE}`,
    `CREATE TABLE IF NOT EXISTS strata_changes (
       run_key INT UNSIGNED NOT NULL, profile_id VARBINARY(512) NOT NULL, scan TINYINT UNSIGNED NOT NULL,
       batch INT UNSIGNED NOT NULL, is_open TINYINT UNSIGNED NOT NULL, version VARBINARY(1000) NOT NULL,
       entered VARBINARY(8192) NOT NULL, \`left\` VARBINARY(8192) NOT NULL, reverted INT UNSIGNED NOT NULL,
       logged_at BIGINT NOT NULL, PRIMARY KEY (run_key, profile_id, scan), KEY by_profile (profile_id)) ${TABLE}`,
    `CREATE TABLE IF NOT EXISTS strata_intent_batches (
       run_key INT UNSIGNED NOT NULL, batch INT UNSIGNED NOT NULL, PRIMARY KEY (run_key, batch)) ${TABLE}`,
    `CREATE TABLE IF NOT EXISTS strata_run_values (
       code INT UNSIGNED NOT NULL, run_key INT UNSIGNED NOT NULL, PRIMARY KEY (code, run_key),
       KEY by_run (run_key)) ${TABLE}`,
  ),
};
