import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkDefinitions, describe as toLine } from '../../src/domain/definition-set.ts';
import { readDefinitionFile, readDefinitionsFolder } from '../../src/schedules/definitions-folder.ts';
import { aFlow, aFlowRecord } from '../support/tracardi-flows.ts';

const FLOW = aFlow(
  [
    { id: 'start', className: 'StartSegmentationAction' },
    { id: 'add', className: 'AddSegmentAction', init: { segment: 'gold' } },
    { id: 'update', className: 'UpdateProfileAction' },
  ],
  ['start:payload -> add', 'add:payload -> update'],
);

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strata-definitions-'));
  await mkdir(join(folder, 'crm', 'flows'), { recursive: true });
  await writeFile(join(folder, 'crm', 'loyalty.yaml'), 'id: loyalty\nkind: live\nflow: flows/loyalty.json\n');
});

afterEach(() => rm(folder, { recursive: true }));

async function withFlowFile(text: string): Promise<ReturnType<typeof checkDefinitions>> {
  await writeFile(join(folder, 'crm', 'flows', 'loyalty.json'), text);
  return checkDefinitions(await readDefinitionsFolder(folder));
}

test.each<[string, unknown]>([
  ['an export', FLOW],
  ['a record of the flow index', aFlowRecord(FLOW)],
  ['an older record, not gzipped', aFlowRecord(FLOW, 'plain')],
  ['a search hit', { _index: '08x.01506.tracardi-flow', _id: 'x', _source: aFlowRecord(FLOW) }],
])('a flow is read from beside its definition, as %s', async (_, value) => {
  const { definitions, problems } = await withFlowFile(JSON.stringify(value));

  expect(problems).toEqual([]);
  expect(definitions.map(({ segment, values }) => [segment.id, values])).toEqual([['loyalty', ['gold']]]);
});

test('what only the editor needs of a flow is left behind', async () => {
  const text = JSON.stringify(FLOW, null, 2);
  await withFlowFile(text);

  const [source] = await readDefinitionsFolder(folder);
  const content = source?.flow !== undefined && 'content' in source.flow ? source.flow.content : '';

  expect(source?.flow?.file).toBe('crm/flows/loyalty.json');
  expect(content).not.toContain('position');
  expect(content.length).toBeLessThan(text.length / 3);
});

test.each<[string, string, RegExp]>([
  ['no JSON', '{', /^crm\/flows\/loyalty\.json:1:1: is no JSON: /],
  ['no flow', '[]', /^crm\/flows\/loyalty\.json:1:1: is no Tracardi flow: /],
  [
    'a record whose flow was never drawn',
    JSON.stringify({ ...aFlowRecord(FLOW), production: '', draft: '' }),
    /^crm\/flows\/loyalty\.json:1:1: has neither flowGraph nor production nor draft/,
  ],
  [
    'a record that is damaged',
    JSON.stringify({ ...aFlowRecord(FLOW), production: 'H4sIAAAA' }),
    /^crm\/flows\/loyalty\.json:1:1: its production is not base64 of a \(gzipped\) JSON flow/,
  ],
])('a flow file of %s is a problem of its definition, told with the file', async (_, text, message) => {
  const { problems, leftOut } = await withFlowFile(text);

  expect(problems.map(toLine)).toEqual([expect.stringMatching(message)]);
  expect(leftOut.map(({ id }) => id)).toEqual(['loyalty']);
});

test('a flow file that is not there is a problem of its definition', async () => {
  const { problems } = checkDefinitions(await readDefinitionsFolder(folder));

  expect(problems.map(toLine)).toEqual([
    'crm/loyalty.yaml:3:7: flow: flows/loyalty.json cannot be read: there is nothing of that name',
  ]);
});

test('a definition read alone finds its flow as well', async () => {
  await withFlowFile(JSON.stringify(FLOW));

  const source = await readDefinitionFile(join(folder, 'crm', 'loyalty.yaml'));

  expect(checkDefinitions([source]).problems).toEqual([]);
});
