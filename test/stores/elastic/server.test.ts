import { expect, test } from 'vitest';
import { describeWithElastic, sharedElastic, uniqueIndex } from '../../support/elastic.ts';

describeWithElastic('the server under test', () => {
  test('is a real one of the version that was asked for', async () => {
    const { url, version } = sharedElastic();

    const nodes = await (await fetch(`${url}/_nodes?filter_path=nodes.*.version`)).text();
    const created = await fetch(`${url}/${uniqueIndex('try')}`, { method: 'PUT' });

    expect(nodes).toContain(`"${version}"`);
    expect(created.status).toBe(200);
  });
});
