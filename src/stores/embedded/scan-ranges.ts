import type { DuckDBConnection } from '@duckdb/node-api';
import type { CandidateQuery } from './candidate-query.ts';
import { selectRow, selectRows } from './rows.ts';

/** Positions from `from` to `to`, exclusive. */
export interface PositionRange {
  readonly from: number;
  readonly to: number;
}

export function toRangeText({ from, to }: PositionRange): string {
  return `${from}-${to}`;
}

export function fromRangeText(text: string): PositionRange {
  const match = /^(\d+)-(\d+)$/.exec(text);
  if (match === null) throw new Error(`not a range of the embedded store: ${text}`);
  return { from: Number(match[1]), to: Number(match[2]) };
}

export interface RangePlan {
  readonly ranges: readonly string[];
  readonly profiles: number;
  readonly candidates: number;
}

export interface PlanOptions {
  readonly batchCandidates: (expected: number) => number;
  readonly maxBatches: number;
}

/** DuckDB's vector; a sample of whole ones skips the documents of all others. */
const BLOCK = 2_048;
const SAMPLED_BLOCKS = 24;

/** Ranges that cover every profile once and hold about as many candidates each. */
export async function planRanges(
  connection: DuckDBConnection,
  query: CandidateQuery,
  options: PlanOptions,
): Promise<RangePlan> {
  const [count] = await selectRow(connection, 'SELECT coalesce(max(position) + 1, 0) FROM profiles');
  const profiles = Number(count);
  if (profiles === 0) return { ranges: [], profiles, candidates: 0 };
  const strata = await sampleCandidates(connection, query, profiles);
  const candidates = Math.round(strata.reduce((sum, stratum) => sum + stratum.candidates, 0));
  const perBatch = Math.max(1, options.batchCandidates(candidates));
  const batches = Math.max(1, Math.min(options.maxBatches, Math.ceil(candidates / perBatch)));
  return { ranges: cut(strata, batches, profiles).map(toRangeText), profiles, candidates };
}

interface Stratum extends PositionRange {
  readonly candidates: number;
}

/** The candidates of evenly spaced blocks, each taken to speak for the stretch up to the next one. */
async function sampleCandidates(
  connection: DuckDBConnection,
  query: CandidateQuery,
  profiles: number,
): Promise<readonly Stratum[]> {
  if (query.isOpen) return [{ from: 0, to: profiles, candidates: profiles }];
  const blocks = Math.ceil(profiles / BLOCK);
  const step = Math.max(1, Math.floor(blocks / SAMPLED_BLOCKS));
  const sampled = `(SELECT * FROM profiles WHERE (position // ${BLOCK}) % ${step} = 0)`;
  const rows = await selectRows(
    connection,
    `SELECT (position // ${BLOCK})::INTEGER, count(*)::INTEGER FROM ${query.rows(sampled)} WHERE candidate GROUP BY 1`,
  );
  const found = new Map(rows.map(([block, count]) => [Number(block), Number(count)]));
  return Array.from({ length: Math.ceil(blocks / step) }, (_, index) => {
    const block = index * step;
    const from = block * BLOCK;
    const to = Math.min(profiles, from + step * BLOCK);
    const size = Math.min(BLOCK, profiles - from);
    return { from, to, candidates: ((found.get(block) ?? 0) / size) * (to - from) };
  });
}

/** Cuts where the running sum of candidates passes each share, at equal distances inside a stretch. */
function cut(strata: readonly Stratum[], batches: number, profiles: number): readonly PositionRange[] {
  const total = strata.reduce((sum, { candidates }) => sum + candidates, 0);
  const share = total / batches;
  const ends: number[] = [];
  let before = 0;
  for (const { from, to, candidates } of strata) {
    while (ends.length < batches - 1 && before + candidates >= share * (ends.length + 1) && candidates > 0) {
      const part = (share * (ends.length + 1) - before) / candidates;
      ends.push(Math.min(to, from + Math.round(part * (to - from))));
    }
    before += candidates;
  }
  const bounds = [...new Set([0, ...ends, profiles])].toSorted((left, right) => left - right);
  return bounds.slice(1).map((to, index) => ({ from: bounds[index] ?? 0, to }));
}
