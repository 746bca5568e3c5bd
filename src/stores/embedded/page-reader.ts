import { LIST, VARCHAR, listValue, type DuckDBConnection, type DuckDBResult } from '@duckdb/node-api';
import type { MetProfile, StoredProfile } from '../../domain/profile.ts';
import type { Chosen } from './candidate-window.ts';
import type { ScanSubject } from './profile-scan.ts';
import { membershipBefore, readSteps, type RunSteps } from './run-steps.ts';
import { whereChosen } from './chosen-rows.ts';
import { EmbeddedProfile } from './stored-profile.ts';
import type { ValueCodes } from './value-codes.ts';
import { toVersion } from './write-changes.ts';

export interface PageReader {
  readByPositions(
    connection: DuckDBConnection,
    chosen: Chosen,
    run: number | null,
  ): Promise<readonly MetProfile[]>;
  readByIds(
    connection: DuckDBConnection,
    ids: readonly string[],
    run: number | null,
  ): Promise<readonly StoredProfile[]>;
}

const ROW = `SELECT position, version, CASE WHEN fault IS NULL THEN document ELSE '' END, segments, fault,
  CASE WHEN fault IS NULL THEN '' ELSE '.' || id END`;

export function createPageReader({ scan, segmentsField }: ScanSubject, codes: ValueCodes): PageReader {
  const toProfile = profilesOf(segmentsField, codes);

  async function readByPositions(
    connection: DuckDBConnection,
    chosen: Chosen,
    run: number | null,
  ): Promise<readonly MetProfile[]> {
    const where = whereChosen(chosen.positions);
    const result = await connection.stream(`${ROW} FROM profiles WHERE ${where.sql}`, where.values);
    const rows = await toCells(result);
    const written = await readSteps(connection, { run, scan, codes }, where);
    const met: MetProfile[] = [];
    let index = 0;
    for (const row of rows) {
      if (row.position !== chosen.positions[index]) continue;
      const candidate = chosen.candidates[index] === 1;
      index += 1;
      if (row.fault === null)
        met.push({ kind: 'profile', profile: toProfile(row, written.get(row.position), candidate) });
      else met.push({ kind: 'set aside', profile: { id: row.id.slice(1), reason: row.fault } });
    }
    if (index !== chosen.positions.length) throw new Error('a page misses profiles it has chosen');
    return met;
  }

  async function readByIds(connection: DuckDBConnection, ids: readonly string[], run: number | null) {
    const values = [listValue([...ids])];
    const result = await connection.stream(
      `${ROW} FROM profiles WHERE id IN (SELECT unnest($1)) AND fault IS NULL`,
      values,
      [LIST(VARCHAR)],
    );
    const rows = await toCells(result);
    const written = await readSteps(
      connection,
      { run, scan, codes },
      whereChosen(Int32Array.from(rows, ({ position }) => position)),
    );
    return rows.map((row) => toProfile(row, written.get(row.position), true));
  }

  return { readByPositions, readByIds };
}

function profilesOf(segmentsField: string, codes: ValueCodes) {
  return (row: ProfileCells, steps: RunSteps | undefined, candidate: boolean): StoredProfile => {
    const segments = codes.decode(row.segments);
    const state = {
      segments,
      segmentsBefore: steps === undefined ? segments : membershipBefore(segments, steps),
      settled: steps?.settled ?? false,
      candidate,
      version: toVersion(row.position, row.version),
    };
    return new EmbeddedProfile({ text: row.document, segmentsField }, state);
  };
}

interface ProfileCells {
  readonly position: number;
  readonly version: number;
  readonly document: string;
  readonly segments: string;
  readonly fault: string | null;
  readonly id: string;
}

/**
 * Chunk by chunk, each let go of as soon as it is read: a result kept whole, and chunks that wait for the garbage
 * collector, are memory that V8 doesn't know of.
 */
async function toCells(result: DuckDBResult): Promise<readonly ProfileCells[]> {
  const cells: ProfileCells[] = [];
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) break;
    const [positions = [], versions, documents, segments, faults, ids] = chunk.getColumns();
    for (const [index, position] of positions.entries()) {
      const fault = faults?.[index];
      cells.push({
        position: Number(position),
        version: Number(versions?.[index]),
        document: String(documents?.[index]),
        segments: String(segments?.[index]),
        fault: typeof fault === 'string' ? fault : null,
        id: String(ids?.[index]),
      });
    }
    chunk.reset();
  }
  // A join may return them in another order; where it does not, this only looks.
  return cells.sort((left, right) => left.position - right.position);
}
