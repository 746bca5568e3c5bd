import { expect, test } from 'vitest';
import { explanationLines } from '../../src/cli/explanation.ts';
import { explainCondition } from '../../src/domain/condition/explain.ts';
import { toDateFields } from '../../src/domain/condition/fields.ts';
import { parseCondition } from '../../src/domain/condition/parse.ts';

test('an explanation shows every verdict, what was found, and what a function came to', () => {
  const condition = parseCondition(
    'profile@stats.visits > 10 AND NOT (profile@seen > now.offset("-1d") OR profile@name == 7)',
    { sources: ['profile'] },
  );
  const options = { now: Date.parse('2026-11-20T09:00:00Z'), dateFields: toDateFields(['seen']) };
  const profile = { stats: { visits: 12 }, seen: '2026-11-01T00:00:00Z', name: 'Ann' };
  const explanation = explainCondition(condition, { profile }, options);

  const lines = explanationLines({
    id: 'visitors',
    profileId: 'p-1',
    slot: '2026-11-20T09:00:00.000Z',
    member: false,
    conditions: [{ where: 'condition', explanation }],
  });

  expect(lines).toEqual([
    'p-1 is not a member of visitors; conditions at slot 2026-11-20T09:00:00.000Z:',
    '  condition',
    '    ✓ AND',
    '      ✓ profile@stats.visits > 10   (found 12)',
    '      ✓ NOT',
    '        ✗ OR',
    '          ✗ profile@seen > now.offset("-1d")   (found "2026-11-01T00:00:00Z"; now.offset("-1d") is "2026-11-19T09:00:00.000Z")',
    '          ✗ profile@name == 7   (found "Ann"; types differ)',
  ]);
});
