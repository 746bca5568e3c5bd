import { proxyActivities } from '@temporalio/workflow';
import type { LedgerActivities } from '../activities/create-activities.ts';
import type { PublishDefinitionsInput, PublishedSet } from '../activities/publish-definitions.ts';
import { LEDGER } from './activity-options.ts';

const activities = proxyActivities<LedgerActivities>(LEDGER);

/** Publishes a folder of definitions from any machine that reaches Temporal: only workers reach the ledger. */
export async function publishDefinitions(input: PublishDefinitionsInput): Promise<PublishedSet> {
  return activities.publishDefinitions(input);
}
