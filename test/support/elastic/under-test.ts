import type { Client } from '@elastic/elasticsearch';
import { inject } from 'vitest';
import { createClient } from '../../../src/stores/elastic/client.ts';

/** A client of the run's shared server; never used where there is none. */
export function elasticClient(): Client {
  const port = inject('elasticServer')?.port ?? 0;
  return createClient({
    hosts: ['127.0.0.1'],
    scheme: 'http',
    port,
    verifyCertificates: true,
    timeoutMs: 60_000,
  });
}

/** Whether the server under test knows what this major version brought. */
export function knownToElastic({ since = 0 }: { readonly since?: number }): boolean {
  return since <= Number.parseInt(inject('elasticServer')?.version ?? '', 10);
}
