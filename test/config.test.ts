import { expect, test } from 'vitest';
import { readConfig } from '../src/config.ts';

test.each([
  'mysql://strata:p%40ss@db.example:3307/strata',
  'mysql://strata@localhost/strata',
  'mysql://localhost/strata?ssl={"rejectUnauthorized":true}',
])('MYSQL_URL may be %s', (url) => {
  expect(readConfig({ MYSQL_URL: url }).MYSQL_URL).toBe(url);
});

test.each(['strata', 'postgres://u:secret@h/d', 'mysql://u:secret@h', 'mysql://u:secret@h/', 'mysql:///d'])(
  'MYSQL_URL may not be "%s", and the message does not repeat it',
  (url) => {
    const refusal = refusalOf({ MYSQL_URL: url });

    expect(refusal).toContain('MYSQL_URL must be mysql://user:password@host:port/database');
    expect(refusal).not.toContain('secret');
  },
);

test('an empty variable is one that is not set', () => {
  expect(readConfig({ MYSQL_URL: '', STRATA_WINDOW: '' })).toEqual(readConfig({}));
});

test('STRATA_MIGRATE is on unless it is turned off', () => {
  expect(readConfig({}).STRATA_MIGRATE).toBe(true);
  expect(readConfig({ STRATA_MIGRATE: 'false' }).STRATA_MIGRATE).toBe(false);
  expect(refusalOf({ STRATA_MIGRATE: 'perhaps' })).toContain('STRATA_MIGRATE');
});

test.each([
  [{ STRATA_WINDOW: 'abc' }, 'STRATA_WINDOW must be a number, found the text "abc"'],
  [{ STRATA_WINDOW: ' ' }, 'STRATA_WINDOW must be a number, found the text " "'],
  [{ STRATA_WINDOW: '2.5' }, 'STRATA_WINDOW must be a whole number, found the number 2.5'],
  [{ STRATA_WINDOW: '500' }, 'STRATA_WINDOW must be 200 or less, found 500'],
  [{ STRATA_API_PORT: '80a' }, 'STRATA_API_PORT must be a number, found the text "80a"'],
  [{ STRATA_BATCHES_PER_SECOND: '0' }, 'STRATA_BATCHES_PER_SECOND must be more than 0, found 0'],
  [{ ELASTIC_QUERY_TIMEOUT: '60s' }, 'ELASTIC_QUERY_TIMEOUT must be a number, found the text "60s"'],
  [{ SEGMENTS_FIELD: 'a..b' }, 'SEGMENTS_FIELD must be one plain field name'],
  [{ SEGMENTS_FIELD: 'id' }, 'SEGMENTS_FIELD must not be "id"'],
  [{ SEGMENTS_FIELD: 'customer', ELASTIC_ID_FIELD: 'customer' }, 'name one field for two things'],
])('%j is refused with the value as it was written', (env, refusal) => {
  expect(refusalOf(env)).toContain(refusal);
});

test('a number may be written with blanks around it', () => {
  expect(readConfig({ STRATA_WINDOW: ' 8 ' }).STRATA_WINDOW).toBe(8);
});

function refusalOf(env: Readonly<Record<string, string>>): string {
  try {
    readConfig(env);
  } catch (error) {
    return String(error);
  }
  throw new Error('it was accepted');
}
