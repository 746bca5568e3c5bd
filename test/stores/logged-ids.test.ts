import { expect, test } from 'vitest';
import { createLoggedIds } from '../../src/stores/embedded/logged-ids.ts';

test('what was added is found, and of other ids next to none', () => {
  const logged = createLoggedIds(6);
  for (let number = 0; number < 1_000_000; number += 1) logged.add(7, 1, `shopper-${number}`);

  let missed = 0;
  let mistaken = 0;
  for (let number = 0; number < 1_000_000; number += 1) {
    if (!logged.mayHave(7, 1, `shopper-${number}`)) missed += 1;
    if (logged.mayHave(7, 1, `shopper-${number}x`)) mistaken += 1;
    if (logged.mayHave(7, 2, `shopper-${number}`)) mistaken += 1;
    if (logged.mayHave(8, 1, `shopper-${number}`)) mistaken += 1;
  }

  expect(missed).toBe(0);
  expect(mistaken).toBeLessThan(30);
});

test('of a run from before nothing is known, so it may have any', () => {
  const logged = createLoggedIds(6);

  expect(logged.mayHave(6, 1, 'a')).toBe(true);
  expect(logged.mayHave(7, 1, 'a')).toBe(false);
});

test('when it is full the runs it has heard of may have any, and those to come are followed', () => {
  const logged = createLoggedIds(6);
  for (let number = 0; number <= 4_000_000; number += 1) logged.add(7, 1, `shopper-${number}`);

  expect(logged.mayHave(7, 1, 'shopper-0')).toBe(true);
  expect(logged.mayHave(7, 1, 'nobody')).toBe(true);
  expect(logged.mayHave(8, 1, 'shopper-0')).toBe(false);
  logged.add(8, 1, 'shopper-0');
  expect(logged.mayHave(8, 1, 'shopper-0')).toBe(true);
});
