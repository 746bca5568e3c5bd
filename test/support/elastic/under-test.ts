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

/** Major and minor. */
export type Since = readonly [number, number];

/** Whether the server under test knows what this version brought. */
export function knownToElastic({ since = [0, 0] }: { readonly since?: Since }): boolean {
  const [major = 0, minor = 0] = (inject('elasticServer')?.version ?? '').split('.').map(Number);
  return major > since[0] || (major === since[0] && minor >= since[1]);
}
