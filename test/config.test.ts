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

function refusalOf(env: Readonly<Record<string, string>>): string {
  try {
    readConfig(env);
  } catch (error) {
    return String(error);
  }
  throw new Error('it was accepted');
}
