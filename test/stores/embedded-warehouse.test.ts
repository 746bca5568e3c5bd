import { createReadStream, existsSync } from 'node:fs';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UserError } from '../../src/domain/errors.ts';
import { createWarehouse, type EmbeddedWarehouse } from '../../src/stores/embedded/warehouse.ts';
import { openEmbedded, type EmbeddedUnderTest } from './embedded-store.ts';
import { aChange, readAll, write } from './store-under-test.ts';

const CDNOW = fileURLToPath(new URL('../../../shared/data/cdnow/CDNOW_master.txt.gz', import.meta.url));
const COLUMNS = ['user_id', 'order_date', 'units', 'amount'];

let store: EmbeddedUnderTest;
let warehouse: EmbeddedWarehouse;

beforeEach(async () => {
  store = await openEmbedded();
  warehouse = createWarehouse(store.database, store.embedded);
});
afterEach(() => store.close());

function csv(text: string) {
  return warehouse.importTransactions({ stream: Readable.from([Buffer.from(text)]) });
}

test('each customer of a file gets a profile of all their orders', async () => {
  const result = await csv(
    'user_id,order_date,units,amount\n007,2026-01-05,2,10.10\n007,20260301,1,0.205\n8,2026-02-01,3,5\n',
  );

  expect(result).toEqual({
    orders: 3,
    profiles: 2,
    newProfiles: 2,
    badRows: 0,
    samples: [],
    alreadyImported: false,
  });
  expect((await store.profiles.readProfile('007'))?.document).toEqual({
    id: '007',
    segments: [],
    active: true,
    stats: { orders: 2, units: 3, spend: 10.31 },
    metadata: { time: { create: '2026-01-05T00:00:00.000Z', visit: { last: '2026-03-01T00:00:00.000Z' } } },
  });
});

test('columns are found by name, in any order and between others', async () => {
  const result = await csv('\ufeffAmount , note,USER_ID,units,order_date\n12.5,"a, b",u1,1,2026-01-05\n');

  expect(result).toMatchObject({ orders: 1, badRows: 0 });
  expect((await store.profiles.readProfile('u1'))?.document).toMatchObject({ stats: { spend: 12.5 } });
});

test('the same content again changes nothing, zipped or not; equal lines stay two purchases', async () => {
  const text = 'user_id,order_date,units,amount\nu1,2026-01-05,1,10\nu1,2026-01-05,1,10\n';
  await csv(text);
  const [before] = await readAll(store.profiles);
  await write(store.profiles, [aChange(before, ['gold'])]);
  const [member] = await readAll(store.profiles);

  const again = await csv(text);
  const zipped = await warehouse.importTransactions({ stream: Readable.from([gzipSync(text)]) });

  expect(again).toMatchObject({ orders: 2, profiles: 1, newProfiles: 0, alreadyImported: true });
  expect(zipped.alreadyImported).toBe(true);
  const [after] = await readAll(store.profiles);
  expect(after).toMatchObject({
    version: member?.version,
    segments: ['gold'],
    document: { stats: { orders: 2, spend: 20 } },
  });
});

test('a second file adds to the orders of a customer and keeps other fields and the membership', async () => {
  await store.put({
    id: 'u1',
    segments: ['gold'],
    traits: { country: 'DE' },
    stats: { visits: 7 },
    metadata: { ids: [1] },
  });
  await csv('user_id,order_date,units,amount\nu1,2026-02-01,1,10\n');

  const result = await csv('user_id,order_date,units,amount\nu1,2025-12-24,2,1.50\nu2,2026-02-01,1,10\n');

  expect(result).toMatchObject({ orders: 2, profiles: 2, newProfiles: 1 });
  expect((await store.profiles.readProfile('u1'))?.document).toEqual({
    id: 'u1',
    segments: ['gold'],
    active: true,
    traits: { country: 'DE' },
    stats: { visits: 7, orders: 2, units: 3, spend: 11.5 },
    metadata: {
      ids: [1],
      time: { create: '2025-12-24T00:00:00.000Z', visit: { last: '2026-02-01T00:00:00.000Z' } },
    },
  });
});

test('bad rows are counted and the first are shown with line, reason and text; the others are imported', async () => {
  const bad = [
    'u1,2026-02-30,1,1',
    ',2026-01-01,1,1',
    'u1,2026-01-01,many,1',
    'u1,2026-01-01,1',
    'u1,yesterday,1,1',
  ];
  const lines = [...bad, 'u2,2026-01-01,1,1', ...Array.from({ length: 30 }, () => 'u1,2026-01-01,1,1e9')];

  const result = await csv(`user_id,order_date,units,amount\n${lines.join('\n')}\n`);

  expect(result).toMatchObject({ orders: 1, profiles: 1, badRows: 35 });
  expect(result.samples.length).toBe(20);
  expect(result.samples.slice(0, 5)).toEqual([
    {
      line: 2,
      reason: 'order_date "2026-02-30" is no date (YYYY-MM-DD or YYYYMMDD)',
      text: 'u1,2026-02-30,1,1',
    },
    { line: 3, reason: 'user_id is empty', text: ',2026-01-01,1,1' },
    { line: 4, reason: 'units "many" is no number with up to 3 decimals', text: 'u1,2026-01-01,many,1' },
    { line: 5, reason: '3 columns, where 4 are expected', text: 'u1,2026-01-01,1' },
    {
      line: 6,
      reason: 'order_date "yesterday" is no date (YYYY-MM-DD or YYYYMMDD)',
      text: 'u1,yesterday,1,1',
    },
  ]);
});

test('what is quoted of a bad row is cut where nobody would read on', async () => {
  const result = await csv(`user_id,order_date,units,amount\nu1,2026-01-01,${'x'.repeat(5_000)},1\n`);

  const [sample] = result.samples;
  expect(sample?.reason).toBe(`units "${'x'.repeat(40)}…" is no number with up to 3 decimals`);
  expect(sample?.text).toHaveLength(201);
});

test('a row that is no CSV is a bad row of its line', async () => {
  const result = await csv(
    'user_id,order_date,units,amount\nu1,2026-01-01,1,1\nu"2,2026-01-01,1,1\nu3,2026-01-01,1,1\n',
  );

  expect(result).toMatchObject({ orders: 2, badRows: 1 });
  expect(result.samples[0]).toMatchObject({ line: 3, text: 'u"' });
});

test('text without a header takes its columns by name', async () => {
  const text = ' 00001 19970101  1   11.77\n\n 00002\t19970112  5   77.00\n 00003 19970112\n';

  const result = await warehouse.importTransactions({ stream: Readable.from([text]), columns: COLUMNS });

  expect(result).toMatchObject({ orders: 2, profiles: 2, badRows: 1 });
  expect(result.samples[0]).toMatchObject({ line: 4, reason: '2 columns, where 4 are expected' });
  expect((await store.profiles.readProfile('00001'))?.document).toMatchObject({
    id: '00001',
    stats: { spend: 11.77 },
  });
});

test.each([
  ['an unknown column', 'user,order_date,units,amount\n', 'no column "user_id"; did you mean "user"'],
  [
    'another separator',
    'user_id;order_date;units;amount\n',
    'separated by semicolons, and a comma is expected',
  ],
  ['a missing header', 'u1,2026-01-01,1,1\n', '--columns user_id,order_date,units,amount'],
  ['a column named twice', 'user_id,user_id,order_date,units,amount\n', '"user_id" twice'],
  ['an empty file', '', 'The file is empty'],
])('%s is one clear message, and nothing is imported', async (_, text, message) => {
  const importing = csv(text);

  await expect(importing).rejects.toThrow(message);
  await expect(importing).rejects.toThrow(UserError);
  expect(await store.profiles.countProfiles()).toBe(0);
});

test('unknown names in --columns are refused, and so is a damaged .gz', async () => {
  const stream = () => Readable.from(['u1 20260101 1 1\n']);
  const damaged = gzipSync('user_id,order_date,units,amount\nu1,2026-01-01,1,1\n').subarray(0, 40);

  await expect(
    warehouse.importTransactions({ stream: stream(), columns: ['user_id', 'orderdate', 'units', 'amount'] }),
  ).rejects.toThrow('did you mean "orderdate"');
  await expect(warehouse.importTransactions({ stream: Readable.from([damaged]) })).rejects.toThrow(
    'The file is damaged',
  );
});

describe('the purchases of CDNOW', () => {
  test.skipIf(!existsSync(CDNOW))(
    'give 23,570 profiles of 69,659 orders, half of them with a single one',
    async () => {
      const source = () => ({ stream: createReadStream(CDNOW), columns: COLUMNS });

      const first = await warehouse.importTransactions(source());
      const second = await warehouse.importTransactions(source());

      expect(first).toMatchObject({ orders: 69_659, profiles: 23_570, newProfiles: 23_570, badRows: 0 });
      expect(second).toMatchObject({ newProfiles: 0, alreadyImported: true });
      const profiles = await readAll(store.profiles);
      expect(profiles.length).toBe(23_570);
      const single = profiles.filter(
        ({ document }) => (document['stats'] as { orders: number }).orders === 1,
      );
      expect(single.length).toBe(11_908);
      expect(profiles[0]?.document).toMatchObject({
        id: '00001',
        stats: { orders: 1, units: 1, spend: 11.77 },
      });
    },
  );
});
