import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const LOOPBACK = '127.0.0.1';

/** The preferred port when nothing listens there, else one that the system gives. */
export async function choosePort(preferred: number): Promise<number> {
  return (await tryListen(preferred)) ?? (await freePort());
}

/** Waits until nobody listens on the port: the kernel closes a killed process's sockets after it looks dead. */
export async function untilFree(port: number, withinMs: number): Promise<boolean> {
  const end = Date.now() + withinMs;
  while ((await tryListen(port)) === undefined) {
    if (Date.now() > end) return false;
    await delay(POLL_MS);
  }
  return true;
}

const POLL_MS = 50;

export async function freePort(): Promise<number> {
  const port = await tryListen(0);
  if (port === undefined) throw new Error(`no free port on ${LOOPBACK}`);
  return port;
}

function tryListen(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(undefined);
      else reject(error);
    });
    server.listen({ port, host: LOOPBACK, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
    });
  });
}
