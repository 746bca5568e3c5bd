import { serve, type ServerType } from '@hono/node-server';
import type { Hono } from 'hono';

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
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    report(`port ${port} is in use, so the API takes a free one`);
    return listen(app, host, 0);
  }
}

function listen(app: Hono, host: string, port: number): Promise<ApiServer> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname: host, port }, (address) => {
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
