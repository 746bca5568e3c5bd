import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, createServer as createTcpServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** What happens to one HTTP request on its way. */
export type Fault =
  | { readonly kind: 'pass' }
  /** Answered by the proxy; the server never sees it. */
  | { readonly kind: 'refuse'; readonly status: 429 | 502 | 503 }
  /** The connection breaks before the server sees the request. */
  | { readonly kind: 'reset' }
  /** The server does the work, and the answer is lost. */
  | { readonly kind: 'unanswered' }
  /** The server does the work, and half of its answer arrives. */
  | { readonly kind: 'half' }
  /** The answer comes late. */
  | { readonly kind: 'slow'; readonly milliseconds: number };

export interface FaultProxy {
  readonly port: number;
  /** Faults done so far, by kind. */
  readonly done: Readonly<Record<string, number>>;
  close(): Promise<void>;
}

export interface ProxiedRequest {
  readonly method: string;
  readonly path: string;
}

const PASS: Fault = { kind: 'pass' };

/** A proxy in front of an HTTP server on this machine that does to each request what `decide` says. */
export async function startFaultProxy(
  targetPort: number,
  decide: (request: ProxiedRequest) => Fault = () => PASS,
): Promise<FaultProxy> {
  const done: Record<string, number> = {};
  const server = createServer((incoming, outgoing) => {
    const fault = decide({ method: incoming.method ?? '', path: incoming.url ?? '' });
    done[fault.kind] = (done[fault.kind] ?? 0) + 1;
    // The client is gone, or the server is: both are what a proxy in front of faults is there to pass on.
    handle(targetPort, { incoming, outgoing }, fault).catch(() => incoming.socket.resetAndDestroy());
  });
  return { port: await listen(server), done, close: () => closeServer(server) };
}

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

async function handle(targetPort: number, { incoming, outgoing }: Exchange, fault: Fault): Promise<void> {
  if (fault.kind === 'reset') return void incoming.socket.resetAndDestroy();
  const body = await buffer(incoming);
  if (fault.kind === 'refuse') {
    outgoing.writeHead(fault.status, {
      'content-type': 'application/json',
      'x-elastic-product': 'Elasticsearch',
    });
    return void outgoing.end(
      JSON.stringify({ error: { type: 'refused_by_proxy', reason: 'a test' }, status: fault.status }),
    );
  }
  const answer = await forward(targetPort, incoming, body);
  if (fault.kind === 'unanswered') return void incoming.socket.resetAndDestroy();
  if (fault.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, fault.milliseconds));
  outgoing.writeHead(answer.status, answer.headers);
  if (fault.kind !== 'half') return void outgoing.end(answer.body);
  outgoing.write(answer.body.subarray(0, Math.floor(answer.body.length / 2)), () =>
    incoming.socket.resetAndDestroy(),
  );
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

function forward(port: number, { method, url, headers }: IncomingMessage, body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onward = request({ host: '127.0.0.1', port, method, path: url, headers }, (response) => {
      buffer(response).then((whole) => {
        const { 'transfer-encoding': _, ...kept } = response.headers;
        const answer = { ...kept, 'content-length': String(whole.length) };
        resolve({ status: response.statusCode ?? 502, headers: answer, body: whole });
      }, reject);
    });
    onward.on('error', reject);
    onward.end(body);
  });
}

export interface BreakableTunnel {
  readonly port: number;
  /** Resets every connection that is open now; new ones work again. */
  breakAll(): number;
  close(): Promise<void>;
}

/** A tunnel to a server of any protocol on this machine, whose connections can be broken. */
export async function startTunnel(targetPort: number): Promise<BreakableTunnel> {
  const open = new Set<Socket>();
  const server = createTcpServer((near) => {
    const far = connect(targetPort, '127.0.0.1');
    open.add(near);
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) {
      // A broken connection is what this tunnel is for.
      socket.on('error', () => undefined);
      socket.on('close', () => {
        open.delete(near);
        near.destroy();
        far.destroy();
      });
    }
  });
  const breakAll = (): number => {
    const broken = [...open];
    for (const socket of broken) socket.resetAndDestroy();
    return broken.length;
  };
  return {
    port: await listen(server),
    breakAll,
    close: async () => {
      breakAll();
      await closeServer(server);
    },
  };
}

function listen(server: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function closeServer(server: Server | ReturnType<typeof createTcpServer>): Promise<void> {
  if ('closeAllConnections' in server) server.closeAllConnections();
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
  });
}
