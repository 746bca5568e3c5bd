import { serve, type ServerType } from '@hono/node-server';
import type { Hono } from 'hono';
import { UserError } from '../domain/errors.ts';

export interface ApiServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Listens on the preferred port, or on a free one when that is in use. */
export async function serveApi(
  app: Hono,
  { host, port, report }: { host: string; port: number; report: (line: string) => void },
): Promise<ApiServer> {
  try {
    return await listen(app, host, port);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const problem = PROBLEMS[code];
    if (problem !== undefined)
      throw new UserError(`The API cannot listen at ${host}:${port} (${code}): ${problem}`, { cause: error });
    if (code !== 'EADDRINUSE') throw error;
    report(`port ${port} is in use, so the API takes a free one`);
    return listen(app, host, 0);
  }
}

const PROBLEMS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not take that port; set STRATA_API_PORT to one above 1023.',
  EADDRNOTAVAIL: 'set STRATA_API_HOST to an address of this machine.',
  ENOTFOUND: 'set STRATA_API_HOST to an address or name of this machine.',
};

/**
 * An import is read as fast as it is carried out, which may take hours: no limit for a whole request. Node's own of
 * a minute for its headers would go with that unless it is named.
 */
const LIMITS = { requestTimeout: 0, headersTimeout: 60_000 } as const;

function listen(app: Hono, host: string, port: number): Promise<ApiServer> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname: host, port, serverOptions: LIMITS }, (address) => {
      server.off('error', reject);
      resolve({ url: `http://${host}:${address.port}`, stop: () => stop(server) });
    });
    server.once('error', reject);
  });
}

function stop(server: ServerType): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
    if ('closeAllConnections' in server) server.closeAllConnections();
  });
}
