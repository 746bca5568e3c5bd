import { expect, test } from 'vitest';
import { differingSettings, storeSettings } from '../../src/cli/store-settings.ts';

const ELASTIC = 'https://ann:secret@one.example:9200,https://two.example';

test('what a process was started with is told without its users and passwords', () => {
  const told = storeSettings({
    ELASTIC_HOST: ELASTIC,
    MYSQL_URL: 'mysql://strata:p%40ss@db/strata',
    HOME: '/root',
  });

  expect(told).toEqual({
    ELASTIC_HOST: 'https://one.example:9200,https://two.example',
    MYSQL_URL: 'mysql://db/strata',
  });
});

test.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
  ['nothing is set here', {}, []],
  ['all is the same', { ELASTIC_HOST: ELASTIC, SEGMENTS_FIELD: '' }, []],
  ['one is another', { ELASTIC_HOST: 'two.example' }, ['ELASTIC_HOST']],
  ['one is set here alone', { ELASTIC_HOST: ELASTIC, MYSQL_URL: 'mysql://db/strata' }, ['MYSQL_URL']],
])('what differs from a running process, where %s', (_, env, names) => {
  expect(differingSettings(env, storeSettings({ ELASTIC_HOST: ELASTIC }))).toEqual(names);
});
