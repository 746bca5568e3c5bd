import { randomUUID } from 'node:crypto';
import { describe, inject } from 'vitest';
import type { SharedElastic } from './elastic-setup.ts';

/** A group of tests that vitest counts as skipped when the machine has no Elasticsearch. */
export const describeWithElastic = describe.skipIf(inject('elasticServer') === null);

/** The same, for tests that run workflows too. */
export const describeWithTemporalAndElastic = describe.skipIf(
  inject('elasticServer') === null || inject('temporalServer') === null,
);

/** The run's shared server. Isolate by index names, not by cleaning. */
export function sharedElastic(): SharedElastic {
  const server = inject('elasticServer');
  if (server === null) throw new Error('no Elasticsearch: put the test into describeWithElastic');
  return server;
}

export function uniqueIndex(name: string): string {
  return `${name}-${randomUUID().slice(0, 8)}`;
}
