import type { Client } from '@elastic/elasticsearch';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { UserError } from '../../../src/domain/errors.ts';
import { importInstallation } from '../../../src/domain/tracardi/import-installation.ts';
import { unpackFlow } from '../../../src/schedules/unpack-flow.ts';
import {
  readTracardiDocuments,
  type TracardiIndices,
} from '../../../src/stores/elastic/tracardi-documents.ts';
import { describeWithElastic, uniqueIndex } from '../../support/elastic.ts';
import { elasticClient } from '../../support/elastic/under-test.ts';
import { aFlow, aFlowRecord } from '../../support/tracardi-flows.ts';

/** More than a page. */
const LIVE_SEGMENTS = 1_203;

/** As Tracardi maps its flow index: `draft` and its like are keywords that nobody searches. */
const FLOW_MAPPING = {
  dynamic: false,
  properties: {
    id: { type: 'keyword' },
    name: { type: 'text' },
    type: { type: 'keyword', null_value: 'collect' },
    draft: { type: 'keyword', index: false, doc_values: false },
    production: { type: 'keyword', index: false, doc_values: false },
    backup: { type: 'keyword', index: false, doc_values: false },
  },
} as const;

describeWithElastic('the documents of a Tracardi installation', () => {
  let client: Client;
  const indices: TracardiIndices = {
    liveSegments: uniqueIndex('tracardi-live-segment'),
    flows: uniqueIndex('tracardi-flow'),
    segments: uniqueIndex('tracardi-segment'),
  };

  beforeAll(async () => {
    client = elasticClient();
    // Through an alias, as Tracardi reads it.
    const behind = `08x.${indices.liveSegments}`;
    await client.indices.create({
      index: behind,
      mappings: { dynamic: false, properties: { id: { type: 'keyword' } } },
      aliases: { [indices.liveSegments]: {} },
    });
    await client.indices.create({ index: indices.flows, mappings: FLOW_MAPPING });
    const flow = aFlow(
      [
        { id: 'start', className: 'StartSegmentationAction' },
        { id: 'add', className: 'AddSegmentAction', init: { segment: ['Gold Member'] } },
        { id: 'update', className: 'UpdateProfileAction' },
      ],
      ['start:payload -> add', 'add:payload -> update'],
    );
    await client.index({
      index: indices.flows,
      id: 'f1',
      document: { ...aFlowRecord({ ...flow, id: 'f1' }), backup: 'of no use' },
      refresh: true,
    });
    const operations = Array.from({ length: LIVE_SEGMENTS }, (_, index) => [
      { create: { _index: behind, _id: `l${index}` } },
      index === 0
        ? { id: 'l0', name: 'Gold', type: 'workflow', enabled: true, workflow: { id: 'f1', name: 'Flow' } }
        : {
            id: `l${index}`,
            name: `Query ${index}`,
            type: 'condition',
            enabled: true,
            workflow: { id: '', name: '' },
            operation: 'add',
            condition: `traits.n:${index}`,
            segment: `V ${index}`,
          },
    ]).flat();
    await client.bulk({ operations, refresh: true });
  });

  afterAll(() => client.close());

  test('are read whole, page by page, in the order of their ids, and become definitions that load', async () => {
    const documents = await readTracardiDocuments(client, indices);
    const { files, report } = importInstallation(documents, unpackFlow);

    expect(documents.liveSegments).toHaveLength(LIVE_SEGMENTS);
    expect(documents.flows).toEqual([expect.not.objectContaining({ backup: expect.anything() })]);
    expect(documents.segments).toEqual([]);
    expect(files).toHaveLength(LIVE_SEGMENTS + 1);
    expect(files.map(({ file }) => file)).toContain('flows/gold.json');
    expect(report.filter(({ outcome }) => outcome !== 'carried over')).toEqual([]);
    expect(await readTracardiDocuments(client, indices)).toEqual(documents);
  });

  test('of an installation that is not there are asked for by the names that were meant', async () => {
    const nowhere = { liveSegments: 'no-live-segment', flows: 'no-flow', segments: 'no-segment' };

    const read = readTracardiDocuments(client, nowhere);

    await expect(read).rejects.toThrow(
      /none of no-live-segment, no-flow, no-segment\. PRODUCTION, TENANT_NAME/,
    );
    await expect(read).rejects.toBeInstanceOf(UserError);
  });
});
