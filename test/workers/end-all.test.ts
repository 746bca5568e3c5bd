import { expect, test } from 'vitest';
import { messageOf } from '../../src/cli/exit.ts';
import { UserError } from '../../src/domain/errors.ts';
import { endAll } from '../../src/workers/end-all.ts';

test('what was begun first is ended too where a later one fails to end', async () => {
  const ended: string[] = [];
  const begun = [
    async () => void ended.push('database'),
    async () => void ended.push('server'),
    () => Promise.reject(new Error('a worker had failed')),
  ];

  await expect(endAll(begun)).rejects.toEqual(new Error('a worker had failed'));

  expect(ended).toEqual(['server', 'database']);
});

test('each of several that fail to end is told of', async () => {
  const begun = [
    () => Promise.reject(new UserError('the data folder is full')),
    () => Promise.reject(new Error('a worker had failed')),
  ];

  const failure = await endAll(begun).catch((error: unknown) => error);

  expect(failure).toHaveProperty('message', 'a worker had failed; the data folder is full');
  // A bug with its stack, a mistake without one.
  expect(messageOf(failure)).toMatch(/^Error: a worker had failed\n {4}at [^]*\nthe data folder is full$/);
});

test('what has been ended is not ended again', async () => {
  let times = 0;
  const begun = [async () => void (times += 1)];

  await endAll(begun);
  await endAll(begun);

  expect(times).toBe(1);
});
