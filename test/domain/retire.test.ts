import { expect, test } from 'vitest';
import type { StoredProfile } from '../../src/domain/profile.ts';
import { createRetirement } from '../../src/domain/retire.ts';

const retire = createRetirement([
  { id: 'tiers', value: 'gold', becomes: null },
  { id: 'tiers', value: 'silver', becomes: null },
  { id: 'old', value: 'old', becomes: 'new' },
]);

function carrying(...segments: readonly string[]): StoredProfile {
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

test.each([
  ['a pruned value leaves, and values of others stay', ['x', 'gold', 'y'], ['x', 'y'], ['gold']],
  ['all values of a segment leave', ['gold', 'silver'], [], ['gold', 'silver']],
  ['a renamed value becomes the new one without leaving', ['x', 'old'], ['x', 'new'], []],
  ['a member by both names has the new one once', ['new', 'old'], ['new'], []],
])('%s', (_, before, segments, left) => {
  expect(retire(carrying(...before))?.change).toEqual({ id: 'p', version: '1', segments, entered: [], left });
});

test('a profile without these values is not changed', () => {
  expect(retire(carrying('x', 'new'))).toBeNull();
});

test('what left is counted for its segment', () => {
  expect([...(retire(carrying('gold', 'old', 'silver'))?.bySegment ?? [])]).toEqual([
    ['tiers', { entered: [], left: ['gold', 'silver'] }],
  ]);
});
