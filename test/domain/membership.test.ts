import { expect, test } from 'vitest';
import type { CompiledCondition } from '../../src/domain/condition/evaluate.ts';
import { createConditionDiff, toChange, type ConditionRule } from '../../src/domain/membership.ts';
import type { StoredProfile } from '../../src/domain/profile.ts';

function aRule(value: string, matches: boolean, mode: 'sync' | 'add' = 'sync'): ConditionRule {
  const compiled: CompiledCondition = () => matches;
  return { kind: 'condition', id: value, value, mode, matches: compiled, tally: { mismatches: 0 } };
}

function aProfile(segments: readonly string[]): StoredProfile {
  return {
    id: 'p',
    document: {},
    segments,
    segmentsBefore: segments,
    settled: false,
    candidate: true,
    matchedQueries: [],
    version: '1',
  };
}

test('matches enter and members that no longer match leave', () => {
  const diff = createConditionDiff([
    aRule('in', true),
    aRule('out', false),
    aRule('stays', true),
    aRule('never', false),
  ]);

  expect(diff({ profile: {}, matchedQueries: [] }, ['out', 'stays'])).toEqual({
    entered: ['in'],
    left: ['out'],
  });
});

test('mode add never removes', () => {
  const diff = createConditionDiff([aRule('once', false, 'add')]);

  expect(diff({ profile: {}, matchedQueries: [] }, ['once'])).toEqual({ entered: [], left: [] });
});

test('one profile leaves nothing behind for the next', () => {
  const diff = createConditionDiff([aRule('a', false)]);
  diff({ profile: {}, matchedQueries: [] }, ['a']);

  expect(diff({ profile: {}, matchedQueries: [] }, [])).toEqual({ entered: [], left: [] });
});

test('a change keeps foreign values and their order', () => {
  const change = toChange(aProfile(['foreign', 'out', 'other']), { entered: ['in'], left: ['out'] });

  expect(change).toEqual({
    id: 'p',
    version: '1',
    segments: ['foreign', 'other', 'in'],
    entered: ['in'],
    left: ['out'],
  });
});

test('no difference is no change', () => {
  expect(toChange(aProfile(['a']), { entered: [], left: [] })).toBeNull();
});
