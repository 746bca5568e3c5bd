import { LIST, VARCHAR, listValue, type DuckDBConnection, type DuckDBResult } from '@duckdb/node-api';
import type { SetAsideProfile, StoredProfile } from '../../domain/profile.ts';
import type { Chosen } from './candidate-window.ts';
import type { ScanSubject } from './profile-scan.ts';
import { SCAN_CODES } from './run-keys.ts';
import { EmbeddedProfile } from './stored-profile.ts';
import type { ValueCodes } from './value-codes.ts';
import { toVersion } from './write-changes.ts';

export interface PageReader {
  readByPositions(connection: DuckDBConnection, chosen: Chosen, run: number | null): Promise<PageRows>;
  readByIds(
    connection: DuckDBConnection,
    ids: readonly string[],
    run: number | null,
  ): Promise<readonly StoredProfile[]>;
}

export interface PageRows {
  readonly profiles: readonly StoredProfile[];
  readonly setAside: readonly SetAsideProfile[];
}

/** What one run has logged of one profile, a step a scan, oldest first. */
interface Written {
  readonly steps: { readonly entered: readonly string[]; readonly left: readonly string[] }[];
  settled: boolean;
}

/** A dense page reads its whole span; a sparse one names its rows. */
const DENSE = 4;

const ROW = `SELECT position, version, CASE WHEN fault IS NULL THEN document ELSE '' END, segments, fault,
  CASE WHEN fault IS NULL THEN '' ELSE '.' || id END`;

export function createPageReader({ scan, segmentsField }: ScanSubject, codes: ValueCodes): PageReader {
  function toProfile(row: ProfileCells, written: Written | undefined, candidate: boolean): StoredProfile {
    const segments = codes.decode(row.segments);
    return new EmbeddedProfile(
      { text: row.document, segmentsField },
      {
        segments,
        segmentsBefore: written === undefined ? segments : membershipBefore(segments, written),
        settled: written?.settled ?? false,
        candidate,
        version: toVersion(row.position, row.version),
      },
    );
  }

  async function readByPositions(
    connection: DuckDBConnection,
    chosen: Chosen,
    run: number | null,
  ): Promise<PageRows> {
    const where = whereChosen(chosen.positions);
    const result = await connection.run(
      `${ROW} FROM profiles WHERE ${where.sql} ORDER BY position`,
      where.values,
    );
    const written = await readWritten(connection, run, where);
    const profiles: StoredProfile[] = [];
    const setAside: SetAsideProfile[] = [];
    let index = 0;
    for (const row of await toCells(result)) {
      if (row.position !== chosen.positions[index]) continue;
      const candidate = chosen.candidates[index] === 1;
      index += 1;
      if (row.fault === null) profiles.push(toProfile(row, written.get(row.position), candidate));
      else setAside.push({ id: row.id.slice(1), reason: row.fault });
    }
    if (index !== chosen.positions.length) throw new Error('a page misses profiles it has chosen');
    return { profiles, setAside };
  }

  async function readByIds(connection: DuckDBConnection, ids: readonly string[], run: number | null) {
    const values = [listValue([...ids])];
    const result = await connection.run(
      `${ROW} FROM profiles WHERE id IN (SELECT unnest($1)) AND fault IS NULL`,
      values,
      [LIST(VARCHAR)],
    );
    const rows = await toCells(result);
    const written = await readWritten(
      connection,
      run,
      whereChosen(Int32Array.from(rows, ({ position }) => position)),
    );
    return rows.map((row) => toProfile(row, written.get(row.position), true));
  }

  async function readWritten(
    connection: DuckDBConnection,
    run: number | null,
    where: ChosenRows,
  ): Promise<ReadonlyMap<number, Written>> {
    const written = new Map<number, Written>();
    if (run === null) return written;
    const result = await connection.run(
      `SELECT position, scan, entered, "left" FROM membership_log WHERE run = ${run} AND ${where.sql} ORDER BY rowid`,
      where.values,
    );
    for (const [position, code, entered, left] of await result.getRows()) {
      const known = written.get(Number(position)) ?? { steps: [], settled: false };
      known.steps.push({ entered: codes.decode(String(entered)), left: codes.decode(String(left)) });
      known.settled ||= Number(code) === SCAN_CODES[scan];
      written.set(Number(position), known);
    }
    return written;
  }

  return { readByPositions, readByIds };
}

/** Undoes the run's steps, newest first; values of others stay. */
function membershipBefore(segments: readonly string[], { steps }: Written): readonly string[] {
  let before = segments;
  for (const { entered, left } of steps.toReversed()) {
    const kept = before.filter((value) => !entered.includes(value));
    before = [...kept, ...left.filter((value) => !kept.includes(value))];
  }
  return before;
}

interface ProfileCells {
  readonly position: number;
  readonly version: number;
  readonly document: string;
  readonly segments: string;
  readonly fault: string | null;
  readonly id: string;
}

async function toCells(result: DuckDBResult): Promise<readonly ProfileCells[]> {
  const [positions, versions, documents, segments, faults, ids] = await result.getColumns();
  const cells = (positions ?? []).map((position, index) => {
    const fault = faults?.[index];
    return {
      position: Number(position),
      version: Number(versions?.[index]),
      document: String(documents?.[index]),
      segments: String(segments?.[index]),
      fault: typeof fault === 'string' ? fault : null,
      id: String(ids?.[index]),
    };
  });
  // A join may return them in another order; where it does not, this only looks.
  return cells.sort((left, right) => left.position - right.position);
}

interface ChosenRows {
  readonly sql: string;
  readonly values: string[];
}

function whereChosen(positions: Int32Array): ChosenRows {
  const first = positions[0];
  const last = positions.at(-1);
  if (first === undefined || last === undefined) return { sql: 'false', values: [] };
  const span = `position BETWEEN ${first} AND ${last}`;
  if (last - first < positions.length * DENSE) return { sql: span, values: [] };
  const named = `position IN (SELECT unnest(string_split($1, ','))::INTEGER)`;
  return { sql: `${span} AND ${named}`, values: [positions.join(',')] };
}
