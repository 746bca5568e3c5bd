import { expect, test } from 'vitest';
import { endAll } from '../../src/workers/end-all.ts';

test('what was begun first is ended too where a later one fails to end, whose failure is thrown', async () => {
  const ended: string[] = [];
  const begun = [
    async () => void ended.push('database'),
    async () => void ended.push('server'),
    () => Promise.reject(new Error('a worker had failed')),
    () => Promise.reject(new Error('so had another')),
  ];

  await expect(endAll(begun)).rejects.toThrow('so had another');

  expect(ended).toEqual(['server', 'database']);
});

test('what has been ended is not ended again', async () => {
  let times = 0;
  const begun = [async () => void (times += 1)];

  await endAll(begun);
  await endAll(begun);

  expect(times).toBe(1);
});
