import type { DuckDBConnection } from '@duckdb/node-api';
import type { CandidateQuery } from './candidate-query.ts';
import { runPrepared } from './statements.ts';

/** Candidates of one page: enough that a page's fixed cost vanishes, few enough that pages in flight stay small. */
const PAGE_PROFILES = 4_096;
const PAGE_BYTES = 8 * 1_048_576;
const MAX_WINDOW = 64 * PAGE_PROFILES;

/** How many positions the next page looks at: more where candidates are sparse. */
export interface CandidateWindow {
  size(): number;
  learn(looked: number, found: number): void;
}

export function createWindow(query: CandidateQuery): CandidateWindow {
  let size = query.isOpen ? PAGE_PROFILES : 2 * PAGE_PROFILES;
  return {
    size: () => size,
    learn(looked, found) {
      const fitting = Math.floor((looked * PAGE_PROFILES) / (found + 1));
      size = Math.max(PAGE_PROFILES, Math.min(fitting, 4 * Math.max(looked, PAGE_PROFILES), MAX_WINDOW));
    },
  };
}

export interface Chosen {
  /** Ascending. */
  readonly positions: Int32Array;
  /** By index of `positions`. */
  readonly candidates: Uint8Array;
  /** All that the window holds, the page's share and the rest. */
  readonly found: number;
  /** Where the next page starts. */
  readonly next: number;
}

export interface WindowRequest {
  readonly from: number;
  readonly to: number;
  readonly run: number | null;
}

/** The positions of a window that the scan offers, cut to one page. */
export async function chooseCandidates(
  connection: DuckDBConnection,
  query: CandidateQuery,
  { from, to, run }: WindowRequest,
): Promise<Chosen> {
  const result = await runPrepared(
    connection,
    windowSql(query, run),
    run === null ? [from, to] : [from, to, run],
  );
  // No rows come without columns.
  const [positions = [], bytes = [], flags = []] = await result.getColumns();
  const taken = countTaken(bytes);
  return {
    positions: Int32Array.from({ length: taken }, (_, index) => Number(positions[index])),
    candidates: Uint8Array.from({ length: taken }, (_, index) => (flags[index] === true ? 1 : 0)),
    found: positions.length,
    next: taken < positions.length ? Number(positions[taken]) : to,
  };
}

/** At least one, so that every page gets on. */
function countTaken(bytes: readonly unknown[]): number {
  let taken = 0;
  let total = 0;
  for (const size of bytes) {
    total += Number(size);
    if (taken > 0 && (taken === PAGE_PROFILES || total > PAGE_BYTES)) break;
    taken += 1;
  }
  return taken;
}

function windowSql({ reach, isOpen, rows, readsMembership }: CandidateQuery, run: number | null): string {
  const window = rows('(SELECT * FROM profiles WHERE position >= $1 AND position < $2)');
  const select = `SELECT position, CASE WHEN fault IS NULL THEN bytes ELSE 0 END, candidate FROM ${window}`;
  const unused = run === null ? 'true' : '$3 IS NOT NULL';
  if (reach === 'audit' || isOpen) return `${select} WHERE ${unused} ORDER BY position`;
  if (!readsMembership || run === null) return `${select} WHERE candidate AND ${unused} ORDER BY position`;
  // What this run has written is judged by the membership before it, which only the log knows.
  const written = 'SELECT position FROM membership_log WHERE run = $3 AND position >= $1 AND position < $2';
  return `${select} WHERE candidate OR position IN (${written}) ORDER BY position`;
}
