import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { createHttpOperations } from '../../../src/api/http-operations.ts';
import { readConfig } from '../../../src/config.ts';
import { createRunControl } from '../../../src/run-control.ts';
import { applyDefinitions } from '../../../src/schedules/apply.ts';
import type { Temporal } from '../../../src/temporal-server/connect.ts';
import { allowWrites } from '../../../src/workers/open-profiles.ts';
import { BUILT, startWorkerProcess } from '../../../test/support/strata-process.ts';
import { watchProcess } from '../memory.ts';
import type { LayoutName } from './indices.ts';
import { definitionsOf, type BenchSegment } from './segments.ts';

export interface Work {
  readonly seconds: number;
  readonly changed: number;
}

export interface MeasuredRun extends Work {
  readonly idleMB: number;
  readonly peakMB: number;
}

export interface MeasuredWorkerParts {
  readonly client: Client;
  readonly temporal: Temporal;
  /** Where its data folder is made. */
  readonly folder: string;
  readonly elastic: { readonly port: number };
  readonly layout: LayoutName;
  /** Of the index, which belongs to one; workers one after another share it. */
  readonly environment: string;
  /** Whether Strata may count on documents that keep to the mapping, as the bench's do. */
  readonly plainDocuments: boolean;
}

/** What Strata reads in this layout. */
export function aliasOf(layout: LayoutName): string {
  return layout === 'tracardi' ? '01506.tracardi-profile' : 'bench-profiles';
}

export interface MeasuredWorker {
  run(segments: readonly BenchSegment[], slot: string): Promise<MeasuredRun>;
  stop(): Promise<void>;
}

/** A real worker on Elasticsearch, its ledger in a data folder of its own. */
export async function startMeasuredWorker({
  client,
  temporal,
  folder,
  elastic,
  layout,
  environment,
  plainDocuments,
}: MeasuredWorkerParts): Promise<MeasuredWorker> {
  const { address } = temporal;
  const layoutOf = {
    tracardi: { ELASTIC_LAYOUT: 'tracardi', TENANT_NAME: '01506', PRODUCTION: 'no' },
    plain: { ELASTIC_LAYOUT: 'plain', ELASTIC_PROFILE_INDEX: aliasOf(layout) },
  };
  const env = {
    TEMPORAL_ADDRESS: address,
    STRATA_ENV: environment,
    ELASTIC_HOST: '127.0.0.1',
    ELASTIC_PORT: String(elastic.port),
    ELASTIC_PLAIN_DOCUMENTS: String(plainDocuments),
    ...layoutOf[layout],
  };
  await allowWrites(readConfig(env));
  const worker = await startWorkerProcess(env, join(folder, environment), BUILT);
  const operations = createHttpOperations(worker.api);
  const control = createRunControl(client, environment, operations);
  return {
    async run(segments, slot) {
      const options = { environment, window: 4, author: 'bench', owner: null, prune: false };
      await applyDefinitions(client, definitionsOf(segments), options);
      const memory = watchProcess(worker.pid);
      const idleMB = await memory.idle();
      const started = performance.now();
      const run = await control.startRun({ slot, segmentIds: segments.map(({ id }) => id) });
      await run.result();
      const seconds = (performance.now() - started) / 1000;
      const { totals, state } = await operations.run(run.runId);
      if (state !== 'completed') throw new Error(`the run ended ${state}`);
      return { seconds, changed: totals?.changed ?? 0, idleMB, peakMB: memory.peak() };
    },
    stop: async () => void (await worker.stop()),
  };
}
