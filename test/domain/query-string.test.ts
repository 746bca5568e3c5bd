import { expect, test } from 'vitest';
import { queryProblem } from '../../src/domain/query-string.ts';

test.each([
  'traits.country:DE AND stats.visits:*',
  'stats.visits:[10 TO 20} OR (traits.a:"x (y" AND NOT traits.b:/now.*[/)',
  'metadata.time.insert:[2026-01-01 TO 2026-02-01]',
  'metadata.time.insert:>=2026-01-01 traits.title:"what happens now"',
  'traits.title:known traits.title:nowhere traits.title:\\(now\\)',
  'traits.title:Now',
])('is taken: %s', (query) => {
  expect(queryProblem(query)).toBeNull();
});

test.each([
  ['metadata.time.insert:[now-30d TO *]', 'now-30d'],
  ['metadata.time.insert:>now-1M/M', 'now-1M/M'],
  ['metadata.time.insert:(>=now/d)', 'now/d'],
  ['metadata.time.insert:["now-1d" TO "now"]', 'now-1d'],
  ['metadata.time.insert:now', 'now'],
  ['-metadata.time.insert:<now+1h', 'now+1h'],
])('is refused for its clock: %s', (query, found) => {
  expect(queryProblem(query)).toContain(`found ${found}, which is Elasticsearch's clock`);
});

test.each([
  ['traits.a:"x', 'the " here is never closed'],
  ['(a OR (b AND c)', 'the ( is never closed'],
  ['a)', 'found ) without its beginning'],
  ['(a:[1 TO 2)', 'found ) where the [ before it is still open'],
])('is refused for what is never closed: %s', (query, message) => {
  expect(queryProblem(query)).toBe(message);
});
