import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ActivityDeps } from '../../src/activities/create-activities.ts';
import type { PlanRunInput } from '../../src/activities/plan-run.ts';
import { readConfig } from '../../src/config.ts';
import { toDateFields } from '../../src/domain/condition/fields.ts';
import { openStores, type Stores } from '../../src/workers/open-stores.ts';

/** Embedded stores in a folder of their own, which goes with them. */
export async function openFreshStores(): Promise<Stores> {
  const folder = mkdtempSync(join(tmpdir(), 'strata-stores-'));
  const stores = await openStores(readConfig({ STRATA_DATA: folder }));
  return {
    ...stores,
    close: async () => {
      await stores.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What activities work with when a test calls them and no Temporal server is there. */
export function activityDeps({ profiles, ledger }: Stores, now: () => Date): ActivityDeps {
  return {
    profiles,
    ledger,
    segmentsField: 'segments',
    dateFields: toDateFields(['metadata.time.*']),
    taskQueues: { isPolled: async () => true },
    runWorkflows: { endOf: async () => null },
    now,
  };
}

/** A run of all segments, as its workflow has it planned. */
export function planInput(slot: string): PlanRunInput {
  return {
    runId: `live/test/${slot}`,
    workflowId: 'w',
    group: 'manual',
    slot,
    mode: 'write',
    force: false,
    segmentIds: null,
    definitions: null,
  };
}
