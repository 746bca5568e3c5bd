import { expect, test } from 'vitest';
import { modeText, runLines } from '../../src/cli/output.ts';
import { RUNNING_SO_FAR, type RunRecord, type SegmentNumbers } from '../../src/domain/run.ts';
import { aRun, SLOT } from '../stores/builders.ts';

const LATER = '2026-11-20T10:00:00.000Z';

function aRecord(overrides: Partial<RunRecord>): RunRecord {
  return { ...aRun(), ...RUNNING_SO_FAR, state: 'completed', endedAt: LATER, ...overrides };
}

function numbers(id: string, entered: number): SegmentNumbers {
  return { id, members: entered, entered, left: 0, errors: 0, mismatches: 0 };
}

test('of superseded segments a person is told by which slot, and which of them were written in part', () => {
  const run = aRecord({
    state: 'completed with exceptions',
    superseded: ['gold', 'silver'],
    supersededBy: LATER,
    segments: [numbers('gold', 3), numbers('silver', 0)],
  });

  expect(runLines(run).slice(2)).toEqual([
    `superseded: a newer slot, ${LATER}, has begun, so nothing was written for silver; \`strata run live --force\` writes in spite of it (this run's slot by --slot ${SLOT})`,
    `superseded on its way: a newer slot, ${LATER}, began while it ran; what it had not written yet stays for the newer run: gold`,
  ]);
});

test('a run that was superseded from its beginning does not claim any profiles', () => {
  const [closing] = runLines(aRecord({ state: 'superseded', superseded: ['gold'], supersededBy: LATER }));

  expect(closing).toMatch(/^superseded in [\d.]+ s, slot /);
});

test('a run that only counts is a dry run to people', () => {
  expect((['write', 'count', 'audit'] as const).map(modeText)).toEqual(['write', 'dry run', 'audit']);
});

test('a run that was terminated has no table yet, and says when its numbers come', () => {
  const run = aRecord({ state: 'cancelled', reason: 'terminated in Temporal', endedAt: null });

  expect(runLines(run)).toEqual([
    `cancelled: 100 profiles, slot ${SLOT}`,
    'terminated in Temporal: its numbers are taken when the next run closes its record; `strata retry run-1` finishes it',
  ]);
});
