import type { NewRun } from '../../src/activities/ledger.ts';
import type { Condition } from '../../src/domain/condition/ast.ts';
import { parseCondition } from '../../src/domain/condition/parse.ts';
import type { BatchTally } from '../../src/domain/run.ts';

export const SLOT = '2026-11-20T09:00:00.000Z';

export function aRun(overrides: Partial<NewRun> = {}): NewRun {
  return {
    runId: 'run-1',
    workflowId: 'default/run-1',
    group: 'every-1h',
    slot: SLOT,
    mode: 'write',
    force: false,
    definitions: 'hash',
    segmentIds: ['gold'],
    leftOut: [],
    startedAt: '2026-11-20T09:00:01.000Z',
    profiles: 100,
    batches: 0,
    ...overrides,
  };
}

export function aTally(overrides: Partial<BatchTally> = {}): BatchTally {
  return {
    passed: 10,
    evaluated: 10,
    changed: 1,
    conflicts: 0,
    setAside: 0,
    replayed: 0,
    drift: 0,
    reverted: 0,
    superseded: [],
    segments: { gold: { entered: 1, left: 0, errors: 0, mismatches: 0 } },
    sample: [],
    ...overrides,
  };
}

export function aCondition(text: string): Condition {
  return parseCondition(text, { sources: ['profile'] });
}
