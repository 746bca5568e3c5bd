import { resolve } from 'node:path';
import { createApi } from '../api/app.ts';
import { serveApi } from '../api/serve.ts';
import { createLog } from '../log.ts';
import { withTemporal } from '../api/with-temporal.ts';
import { createTemporalView } from '../temporal-view.ts';
import type { StrataRuntime } from '../workers/runtime.ts';
import type { Context } from './context.ts';
import { removeProcessRecord, writeProcessRecord } from './running-process.ts';
import { storeSettings } from './store-settings.ts';
import { VERSION } from './version.ts';

/** Serves the API of a runtime and says in the data folder where it is; answers how to undo both. */
export async function serveRuntime(
  context: Context,
  { stores, temporal, client }: StrataRuntime,
): Promise<() => Promise<void>> {
  const { config, report } = context;
  const about = {
    service: 'strata',
    version: VERSION,
    environment: config.STRATA_ENV,
    pid: process.pid,
    temporalAddress: temporal.address,
    temporalNamespace: temporal.namespace,
    temporalUi: temporal.uiAddress ?? null,
  } as const;
  const log = createLog(config.LOG_LEVEL);
  const app = createApi({
    operations: withTemporal(stores.operations, createTemporalView(client, config.STRATA_ENV)),
    importTransactions: stores.importTransactions,
    about,
    now: () => new Date(),
    logFailure: (error, request) => log.error({ error, request }, 'a request to the API failed'),
  });
  const server = await serveApi(app, { host: config.STRATA_API_HOST, port: config.STRATA_API_PORT, report });
  const dataDirectory = resolve(config.STRATA_DATA);
  try {
    await writeProcessRecord(dataDirectory, {
      pid: process.pid,
      api: server.url,
      settings: {
        ...storeSettings(context.env),
        SEGMENTS_FIELD: config.SEGMENTS_FIELD,
        TEMPORAL_ADDRESS: temporal.address,
      },
    });
  } catch (error) {
    await server.stop();
    throw error;
  }
  report(`API at ${server.url}`);
  return async () => {
    await removeProcessRecord(dataDirectory, process.pid);
    await server.stop();
  };
}
