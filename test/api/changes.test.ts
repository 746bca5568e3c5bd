import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHttpOperations } from '../../src/api/http-operations.ts';
import { serveApi, type ApiServer } from '../../src/api/serve.ts';
import { UserError } from '../../src/domain/errors.ts';
import type { Stores } from '../../src/workers/open-stores.ts';
import { apiOf } from '../support/api.ts';
import { openFreshStores } from '../support/fresh-stores.ts';
import { logBuyers } from '../support/logged-buyers.ts';

let stores: Stores;
let server: ApiServer;

beforeAll(async () => {
  stores = await openFreshStores();
  await logBuyers(stores, ['a', 'b', 'c & d', 'e', 'f']);
  server = await serveApi(apiOf(stores), { host: '127.0.0.1', port: 0, report: () => undefined });
});

afterAll(async () => {
  await server.stop();
  await stores.close();
});

describe.each([
  ['in the process that owns the stores', () => stores.operations],
  ['through the API', () => createHttpOperations(server.url)],
])('%s', (_, open) => {
  test.each([{}, { run: 'run-1' }])(
    'changes %j are read page by page, to an end that is told',
    async (of) => {
      const operations = open();
      const first = await operations.changes('buyers', { ...of, limit: 3 });
      const second = await operations.changes('buyers', { ...of, limit: 2, after: first.next ?? '' });

      expect([first, second].map(({ changes }) => changes.map(({ profileId }) => profileId))).toEqual([
        ['a', 'b', 'c & d'],
        ['e', 'f'],
      ]);
      expect(first.next).toBe(first.changes[2]?.cursor);
      expect(second.next).toBeNull();
      const after = second.changes[1]?.cursor ?? '';
      expect(await operations.changes('buyers', { ...of, limit: 2, after })).toEqual({
        changes: [],
        next: null,
      });
    },
  );

  test('a cursor that was cut off is refused', async () => {
    const { next } = await open().changes('buyers', { limit: 3 });
    const cut = open().changes('buyers', { limit: 3, after: next?.slice(0, -1) ?? '' });

    await expect(cut).rejects.toBeInstanceOf(UserError);
    await expect(cut).rejects.toThrow('is no place in the membership log');
  });
});
