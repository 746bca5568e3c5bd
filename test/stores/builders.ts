import type { NewRun } from '../../src/activities/ledger.ts';
import type { Condition } from '../../src/domain/condition/ast.ts';
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
    superseded: [],
    segments: { gold: { entered: 1, left: 0, errors: 0, mismatches: 0 } },
    sample: [],
    ...overrides,
  };
}

const at = { line: 1, column: 1, offset: 0 };

/** `profile@key <op> literal`, until the parser stands. */
export function aCondition(text: string): Condition {
  const match = /^profile@(\w+) (==|>|CONTAINS) (.+)$/.exec(text);
  if (match === null) throw new Error(text);
  const [, key = '', op = '', literal = ''] = match;
  const left = {
    kind: 'field',
    source: 'profile',
    path: [{ kind: 'key', key }],
    text: `profile@${key}`,
    at,
  } as const;
  const right = { kind: 'literal', value: JSON.parse(literal) as string, at } as const;
  if (op === 'CONTAINS') return { kind: 'contains', left, right, negated: false, at };
  return { kind: 'compare', op: op === '>' ? '>' : '==', left, right, at };
}
