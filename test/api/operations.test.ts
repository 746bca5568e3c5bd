import { Client, Connection } from '@temporalio/client';
import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHttpOperations } from '../../src/api/http-operations.ts';
import type { Operations } from '../../src/api/operations.ts';
import { serveApi, type ApiServer } from '../../src/api/serve.ts';
import { withTemporal } from '../../src/api/with-temporal.ts';
import { ProfileNotFound, RunNotFound, SegmentNotFound, UserError } from '../../src/domain/errors.ts';
import { createTemporalView } from '../../src/temporal-view.ts';
import type { Stores } from '../../src/workers/open-stores.ts';
import { aRun } from '../stores/builders.ts';
import { apiOf } from '../support/api.ts';
import { openFreshStores } from '../support/fresh-stores.ts';

let stores: Stores;
let server: ApiServer;

beforeAll(async () => {
  stores = await openFreshStores();
  const published = [
    ['buyers', 'id: buyers\nkind: live\ncondition: profile@orders > 1\n'],
    ['stays', 'id: stays\nkind: live\ncondition: profile@segments CONTAINS "stays"\n'],
    ['', 'id: broken\nkind: live\n'],
  ] as const;
  await stores.ledger.publishDefinitions({
    hash: 'one',
    author: 'test',
    publishedAt: '2026-11-20T09:00:00.000Z',
    definitions: published.map(([id, content], index) => ({
      id,
      owner: '',
      file: `${index}.yaml`,
      content,
    })),
  });
  await stores.putProfiles([{ id: 'p', segments: [], orders: 5 }]);
  const app = apiOf(stores);
  server = await serveApi(app, { host: '127.0.0.1', port: 0, report: () => undefined });
});

afterAll(async () => {
  await server.stop();
  await stores.close();
});

const limit = 10;
const UNKNOWN_SEGMENT: readonly [string, (operations: Operations) => Promise<unknown>][] = [
  ['members', (operations) => operations.members('buyer', { limit })],
  ['contains', (operations) => operations.contains('buyer', 'p')],
  ['changes', (operations) => operations.changes('buyer', { limit })],
  ['explain', (operations) => operations.explain('buyer', 'p', { slot: '2026-11-20T09:00:00.000Z' })],
  ['explainPlan', (operations) => operations.explainPlan('buyer')],
  ['assertRunnable', (operations) => operations.assertRunnable(['buyer'])],
  ['pauseSegment', (operations) => operations.pauseSegment('buyer', { reason: 'x' })],
  ['resumeSegment', (operations) => operations.resumeSegment('buyer')],
];

describe.each([
  ['in the process that owns the stores', () => stores.operations],
  ['through the API', () => createHttpOperations(server.url)],
])('%s', (_, open) => {
  test.each(UNKNOWN_SEGMENT)(
    '%s of a segment that nobody defines is refused, with the nearest id',
    async (__, ask) => {
      const refused = ask(open());

      await expect(refused).rejects.toBeInstanceOf(SegmentNotFound);
      await expect(refused).rejects.toThrow(
        'No published definition has the id "buyer"; did you mean "buyers"?',
      );
    },
  );

  test('an id like no other is told where ids are found', async () => {
    await expect(open().members('zzzzzzzz', { limit })).rejects.toThrow('`strata segments` lists them');
  });

  test('changes of a run that there is not are refused, and so is the run', async () => {
    const operations = open();

    await expect(operations.changes('buyers', { limit, run: 'live/x' })).rejects.toBeInstanceOf(RunNotFound);
    await expect(operations.run('live/x')).rejects.toThrow('No run has the id "live/x"');
    expect(await operations.changes('buyers', { limit })).toEqual({ changes: [], next: null });
  });

  test('a profile that there is not is refused where it is explained', async () => {
    const explained = open().explain('buyers', 'q', { slot: '2026-11-20T09:00:00.000Z' });

    await expect(explained).rejects.toBeInstanceOf(ProfileNotFound);
  });

  test('a plan is refused where the profile store has none', async () => {
    const explained = open().explainPlan('buyers');

    await expect(explained).rejects.toBeInstanceOf(UserError);
    await expect(explained).rejects.toThrow('The profile store is the embedded one');
  });

  test('an explanation says whether a segment asks for its own membership', async () => {
    const at = { slot: '2026-11-20T09:00:00.000Z' };

    expect(await open().explain('stays', 'p', at)).toMatchObject({ readsOwnMembership: true });
    expect(await open().explain('buyers', 'p', at)).toMatchObject({ readsOwnMembership: false });
  });

  test('a paused segment cannot be run, and one that is not paused can be resumed without effect', async () => {
    const operations = open();
    await operations.pauseSegment('buyers', { reason: 'prices' });

    await expect(operations.assertRunnable(['buyers'])).rejects.toThrow(
      /is not computed: paused since .*: prices/,
    );
    expect(await operations.resumeSegment('buyers')).toEqual({ wasPaused: true });
    expect(await operations.resumeSegment('buyers')).toEqual({ wasPaused: false });
    await expect(operations.assertRunnable(['buyers,stays'])).rejects.toThrow('"buyers,stays"');
    expect(await operations.assertRunnable(['buyers', 'stays'])).toEqual({ segmentIds: ['buyers', 'stays'] });
    expect(await operations.assertRunnable(['buyers'])).toEqual({ segmentIds: ['buyers'] });
    expect(await operations.assertRunnable(null)).toEqual({ segmentIds: ['buyers', 'stays'] });
  });
});

test('while Temporal does not answer, the ledger alone is told', async () => {
  const away = Connection.lazy({ address: '127.0.0.1:1' });
  await stores.ledger.beginRun(aRun({ segmentIds: ['buyers'] }), []);
  const { operations } = stores;

  const told = withTemporal(operations, createTemporalView(new Client({ connection: away }), 'default'));

  expect(await told.segments()).toEqual(await operations.segments());
  expect(await told.runs({ limit })).toMatchObject([{ runId: 'run-1', state: 'running' }]);
  await away.close();
});

test.each(['203.0.113.1', 'nowhere.invalid'])(
  'an API at %s, which is not here, is one message',
  async (host) => {
    const serving = serveApi(new Hono(), { host, port: 0, report: () => undefined });

    await expect(serving).rejects.toBeInstanceOf(UserError);
    await expect(serving).rejects.toThrow(`The API cannot listen at ${host}:0`);
  },
);

test('the API says which part of a request is wrong', async () => {
  const remote = createHttpOperations(server.url);

  await expect(remote.members('buyers', { limit: 100_000 })).rejects.toBeInstanceOf(UserError);
  await expect(remote.members('buyers', { limit: 100_000 })).rejects.toThrow(
    'limit: must be 10000 or less, found 100000',
  );
  const odd = await fetch(`${server.url}/runs?limit=ten`);
  expect(await odd.json()).toMatchObject({ message: 'limit: must be a number, found the text "ten"' });
});

test("what is nobody's mistake is answered with its message and logged with its request", async () => {
  const closed = await openFreshStores();
  const failures: unknown[] = [];
  const app = apiOf(closed, (error, request) => failures.push([error.message, request]));
  await closed.close();

  const answer = await app.request('/segments');

  const { message } = (await answer.json()) as { message: string };
  expect([answer.status, failures]).toEqual([500, [[message, 'GET /segments']]]);
  expect((await app.request('/runs?limit=ten')).status).toBe(400);
  expect(failures).toHaveLength(1);
});
