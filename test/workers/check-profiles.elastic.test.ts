import { expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { UserError } from '../../src/domain/errors.ts';
import { connectElastic, findDuplicateProfiles } from '../../src/workers/open-profiles.ts';
import { describeWithElastic, sharedElastic, uniqueIndex } from '../support/elastic.ts';

describeWithElastic('a look for ids in two documents', () => {
  test('at an index that there is not says so, and makes none', async () => {
    const index = uniqueIndex('misspelt');
    const config = readConfig({ ELASTIC_HOST: sharedElastic().url, ELASTIC_PROFILE_INDEX: index });

    const found = findDuplicateProfiles(config, 10);

    await expect(found).rejects.toBeInstanceOf(UserError);
    await expect(found).rejects.toThrow(`no index and no alias "${index}"`);
    const client = connectElastic(config);
    expect(await client.indices.exists({ index })).toBe(false);
    await client.close();
  });
});
