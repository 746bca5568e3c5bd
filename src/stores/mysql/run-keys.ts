import type { ScanKind } from '../../domain/run.ts';
import type { MysqlDatabase, Query } from './database.ts';
import { SCAN_CODES } from './tables.ts';

/** One spelling of an instant, so that the same one is the same text everywhere. */
export function isoOf(instant: string): string {
  return new Date(instant).toISOString();
}

export function scanOf(code: number): ScanKind {
  return code === SCAN_CODES.workflows ? 'workflows' : 'conditions';
}

/** The rows of a run name it by a small number, given when the run first needs one: a newer run has a larger one. */
export async function readRunKey(database: MysqlDatabase, runId: string, slot: string): Promise<number> {
  const known = await database.run((db) => findRunKey(db, runId));
  if (known !== null) return known;
  const row = { run_id: runId, slot: isoOf(slot), given_at: Date.now() };
  await database.run((db) =>
    db
      .insertInto('strata_run_keys')
      .values(row)
      .onDuplicateKeyUpdate((kept) => ({ run_id: kept.ref('strata_run_keys.run_id') }))
      .execute(),
  );
  const given = await database.run((db) => findRunKey(db, runId));
  if (given === null) throw new Error(`run ${runId} was given no key`);
  return given;
}

export async function findRunKey(db: Query, runId: string): Promise<number | null> {
  const row = await db
    .selectFrom('strata_run_keys')
    .select('run_key')
    .where('run_id', '=', runId)
    .executeTakeFirst();
  return row?.run_key ?? null;
}

export async function findRunIds(db: Query, runs: readonly number[]): Promise<ReadonlyMap<number, string>> {
  const rows = await db
    .selectFrom('strata_run_keys')
    .select(['run_key', 'run_id'])
    .where('run_key', 'in', [...new Set(runs)])
    .execute();
  return new Map(rows.map(({ run_key, run_id }) => [run_key, run_id]));
}
