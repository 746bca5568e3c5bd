import { Client } from '@elastic/elasticsearch';
import { inject } from 'vitest';

/** A client of the run's shared server; never used where there is none. */
export function elasticClient(): Client {
  return new Client({ node: inject('elasticServer')?.url ?? 'http://localhost' });
}

/** Whether the server under test knows what this major version brought. */
export function knownToElastic({ since = 0 }: { readonly since?: number }): boolean {
  return since <= Number.parseInt(inject('elasticServer')?.version ?? '', 10);
}
