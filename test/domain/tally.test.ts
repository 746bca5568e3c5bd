import { expect, test } from 'vitest';
import { EMPTY_TALLY, TallyCounter } from '../../src/domain/tally.ts';

test('a tally that was taken stays as it was, whatever is counted after it', () => {
  const counter = new TallyCounter(EMPTY_TALLY);
  counter.count('buyers', 1, 0);
  counter.keep({ id: 'p-1', entered: ['buyers'], left: [], segments: ['buyers'] });
  const taken = counter.toTally();

  counter.count('buyers', 1, 0);
  counter.segment('buyers').errors += 1;
  counter.keep({ id: 'p-2', entered: ['buyers'], left: [], segments: ['buyers'] });

  expect(taken.segments).toEqual({ buyers: { entered: 1, left: 0, errors: 0, mismatches: 0 } });
  expect(taken.sample).toHaveLength(1);
});
