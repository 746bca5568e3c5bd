import type { DuckDBConnection } from '@duckdb/node-api';
import type { KnownProfile, MetProfile, ProfilePage, StoredProfile } from '../../domain/profile.ts';
import type { ScanKind } from '../../domain/run.ts';
import type { CandidateQuery } from './candidate-query.ts';
import { chooseCandidates, createWindow, type Chosen } from './candidate-window.ts';
import type { Database } from './database.ts';
import { createPageReader, type PageReader } from './page-reader.ts';
import { findRunKey } from './run-keys.ts';
import { fromRangeText, planRanges, type PlanOptions, type RangePlan } from './scan-ranges.ts';

export interface ScanSubject {
  readonly runId: string;
  readonly scan: ScanKind;
  readonly query: CandidateQuery;
  readonly segmentsField: string;
}

export interface EmbeddedScan {
  plan(options: PlanOptions): Promise<RangePlan>;
  readPage(range: string, after: string | null): Promise<ProfilePage>;
  readProfiles(known: readonly KnownProfile[]): Promise<readonly StoredProfile[]>;
}

/**
 * A page is read in two steps of one transaction: which positions of a window are candidates, then those rows
 * and what this run has logged of them. So neither a dense window nor a large document makes a page too large.
 */
export function createProfileScan(database: Database, subject: ScanSubject): EmbeddedScan {
  const window = createWindow(subject.query);
  const reader = createPageReader(subject, database.values);

  async function readPage(rangeText: string, after: string | null): Promise<ProfilePage> {
    const range = fromRangeText(rangeText);
    const from = after === null ? range.from : Number(after);
    const to = Math.min(range.to, from + window.size());
    return database.read(async (connection) => {
      const run = await findRunKey(connection, subject.runId);
      const chosen = await chooseCandidates(connection, subject.query, { from, to, run });
      window.learn(to - from, chosen.found);
      const next = Math.min(range.to, chosen.next);
      const met = await readChosen(connection, reader, chosen, run);
      return { met, passed: next - from, next: next >= range.to ? null : String(next) };
    });
  }

  return {
    plan: (options) => database.read((connection) => planRanges(connection, subject.query, options)),
    readPage,
    readProfiles: (known) =>
      database.read(async (connection) => {
        const ids = known.map(({ id }) => id);
        const run = await findRunKey(connection, subject.runId);
        return reader.readByIds(connection, ids, run);
      }),
  };
}

async function readChosen(
  connection: DuckDBConnection,
  reader: PageReader,
  chosen: Chosen,
  run: number | null,
): Promise<readonly MetProfile[]> {
  if (chosen.positions.length === 0) return [];
  return reader.readByPositions(connection, chosen, run);
}
