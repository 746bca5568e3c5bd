import { createServer } from 'node:net';

const LOOPBACK = '127.0.0.1';

/** The preferred port when nothing listens there, else one that the system gives. */
export async function choosePort(preferred: number): Promise<number> {
  return (await tryListen(preferred)) ?? (await freePort());
}

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
