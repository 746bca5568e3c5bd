import type { Client } from '@elastic/elasticsearch';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { killChildren, startChild } from '../support/child.ts';
import { describeWithElastic, sharedElastic } from '../support/elastic.ts';
import { elasticClient } from '../support/elastic/under-test.ts';
import { aFlow, aFlowRecord } from '../support/tracardi-flows.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const FLOW = aFlow(
  [
    { id: 'start', className: 'StartSegmentationAction' },
    { id: 'if', className: 'IfAction', name: 'Rich?', init: { condition: 'profile@traits.spent > 1000' } },
    { id: 'add', className: 'AddSegmentAction', init: { segment: ['Gold Member'] } },
    { id: 'update', className: 'UpdateProfileAction' },
  ],
  ['start:payload -> if', 'if:true -> add', 'add:payload -> update'],
);

describeWithElastic('strata import tracardi', () => {
  const tenant = randomUUID().slice(0, 5);
  const folder = mkdtempSync(join(tmpdir(), 'strata-import-tracardi-'));
  let client: Client;

  beforeAll(async () => {
    client = elasticClient();
    const put = (name: string, document: Readonly<Record<string, unknown>>) =>
      client.index({ index: `prod-${tenant}.tracardi-${name}`, document, refresh: true });
    await put('flow', aFlowRecord({ ...FLOW, id: 'f1', name: 'Loyalty flow' }));
    await put('live-segment', {
      id: 'l1',
      name: 'Gold',
      type: 'workflow',
      enabled: true,
      workflow: { id: 'f1', name: 'Loyalty flow' },
    });
    await put('live-segment', {
      id: 'l2',
      name: 'Germans',
      type: 'condition',
      enabled: true,
      workflow: { id: '', name: '' },
      condition: 'traits.country:DE',
      segment: 'German',
    });
    await put('segment', { id: 's1', name: 'Frequent Visitor', eventType: ['visit'], enabled: true });
  });

  afterEach(killChildren);

  afterAll(async () => {
    await client.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function strata(...args: readonly string[]) {
    const child = startChild(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', ...args], {
      cwd: ROOT,
      env: { ELASTIC_HOST: sharedElastic().url, PRODUCTION: 'yes', TENANT_NAME: tenant },
    });
    const code = await child.ended;
    return { code, stdout: child.stdout(), stderr: child.stderr() };
  }

  test('writes definitions that load and a report, once, and never over what is there', async () => {
    const to = join(folder, 'segments');

    const first = await strata('import', 'tracardi', '--to', to);
    const checked = await strata('check', '--segments', to);
    const second = await strata('import', 'tracardi', '--to', to);

    expect(first).toMatchObject({ code: 0 });
    expect(first.stdout.split('\n')).toEqual(
      expect.arrayContaining([
        'carried over: 2',
        '  live segment "Gold" → gold.yaml',
        '  conditional live segment "Germans" → germans.yaml',
        'stays in Tracardi: 1',
        '  post-event segment "Frequent Visitor"',
      ]),
    );
    expect(first.stdout).toContain(readFileSync(join(to, 'tracardi-import.txt'), 'utf8').trimEnd());
    expect(readFileSync(join(to, 'gold.yaml'), 'utf8')).toContain('flow: flows/gold.json');
    expect(checked).toMatchObject({ code: 0, stdout: '2 of 2 definitions are valid\n' });
    expect(second).toMatchObject({ code: 2, stdout: '' });
    expect(second.stderr).toMatch(/^strata: Nothing was written: .*gold\.yaml.* would be overwritten/);
  });

  test('answers a machine as JSON', async () => {
    const to = join(folder, 'again');

    const { stdout } = await strata('import', 'tracardi', '--to', to, '--json');

    expect(JSON.parse(stdout)).toMatchObject({
      folder: to,
      files: ['gold.yaml', 'flows/gold.json', 'germans.yaml'],
      report: [{ outcome: 'carried over', file: 'gold.yaml' }, { file: 'germans.yaml' }, { file: null }],
    });
  });
});
