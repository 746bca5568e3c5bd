import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import {
  InvalidSegment,
  ProfileNotFound,
  RunNotFound,
  SegmentNotFound,
  UserError,
} from '../domain/errors.ts';
import type { About } from './app.ts';
import type { ImportedTransactions, Operations } from './operations.ts';

const ERRORS: Readonly<Record<string, new (message: string) => Error>> = {
  SegmentNotFound,
  RunNotFound,
  ProfileNotFound,
  UserError,
  InvalidSegment,
};

const REQUEST_LIMIT_MS = 60_000;

/** The same operations from another process, with the same typed errors. */
export function createHttpOperations(baseUrl: string): Operations {
  const get = <T>(
    path: string,
    query: Readonly<Record<string, string | number | undefined>> = {},
  ): Promise<T> => request<T>(urlOf(baseUrl, path, query), { signal: AbortSignal.timeout(REQUEST_LIMIT_MS) });
  const send = <T>(method: string, path: string, body?: object): Promise<T> =>
    request<T>(urlOf(baseUrl, path, {}), {
      method,
      signal: AbortSignal.timeout(REQUEST_LIMIT_MS),
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
  const part = encodeURIComponent;
  return {
    segments: () => get('/segments'),
    members: (id, options) => get(`/segments/${part(id)}/members`, options),
    contains: (id, profileId) => get(`/segments/${part(id)}/members/${part(profileId)}`),
    runs: (options) => get('/runs', options),
    run: (runId) => get(`/runs/${part(runId)}`),
    changes: (id, options) => get(`/segments/${part(id)}/changes`, options),
    pauseSegment: (id, options) => send('PUT', `/segments/${part(id)}/pause`, options),
    resumeSegment: (id) => send('DELETE', `/segments/${part(id)}/pause`),
    explain: (id, profileId, options) => get(`/segments/${part(id)}/explain/${part(profileId)}`, options),
  };
}

export function readAbout(baseUrl: string, timeoutMs: number): Promise<About> {
  return request<About>(urlOf(baseUrl, '/about', {}), { signal: AbortSignal.timeout(timeoutMs) });
}

/** Sends the file itself, so that the server needs no access to the caller's folders. */
export function importOverHttp(
  baseUrl: string,
  file: string,
  columns: readonly string[] | undefined,
): Promise<ImportedTransactions> {
  const url = urlOf(baseUrl, '/import/transactions', { columns: columns?.join(',') });
  const body = Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array>;
  return request<ImportedTransactions>(url, { method: 'POST', body, duplex: 'half' });
}

function urlOf(
  baseUrl: string,
  path: string,
  query: Readonly<Record<string, string | number | undefined>>,
): URL {
  const url = new URL(path, baseUrl);
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) url.searchParams.set(name, String(value));
  return url;
}

/** Our own server's answers are trusted to have the shape its handlers return. */
async function request<T>(url: URL, init: RequestInit & { readonly duplex?: 'half' }): Promise<T> {
  const response = await answer(url, init);
  const body = (await response.json()) as unknown;
  if (response.ok) return body as T;
  throw toError(body, response.status);
}

async function answer(url: URL, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    throw new UserError(
      `The Strata API at ${url.origin} does not answer: is \`strata up\` or \`npm run worker\` running?`,
      { cause: error },
    );
  }
}

function toError(body: unknown, status: number): Error {
  if (typeof body === 'object' && body !== null && 'error' in body && 'message' in body) {
    const Known = ERRORS[String(body.error)];
    return Known === undefined
      ? new Error(`${String(body.error)}: ${String(body.message)}`)
      : new Known(String(body.message));
  }
  return new Error(`The Strata API answered ${status}.`);
}
