import type { Hono } from 'hono';
import { createApi, type ApiParts } from '../../src/api/app.ts';
import type { Stores } from '../../src/workers/open-stores.ts';

/** The API of these stores, as a process without a Temporal server would serve it. */
export function apiOf(
  { operations, importTransactions }: Stores,
  logFailure: ApiParts['logFailure'] = () => undefined,
): Hono {
  return createApi({
    operations,
    importTransactions,
    about: {
      service: 'strata',
      version: '0',
      environment: 'default',
      pid: process.pid,
      temporalAddress: '',
      temporalNamespace: '',
      temporalUi: null,
    },
    now: () => new Date(),
    logFailure,
  });
}
