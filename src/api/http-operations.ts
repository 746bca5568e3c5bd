import { ApiUnreachable, MISTAKES } from '../domain/errors.ts';
import type { About } from './app.ts';
import type { ImportedTransactions, Operations } from './operations.ts';
import { uploadFile } from './upload-file.ts';

const REQUEST_LIMIT_MS = 60_000;

/** The same operations from another process, with the same typed errors. */
export function createHttpOperations(baseUrl: string): Operations {
  const get = <T>(path: string, query: Query = {}): Promise<T> =>
    request<T>(urlOf(baseUrl, path, query), { signal: AbortSignal.timeout(REQUEST_LIMIT_MS) });
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
    assertRunnable: (segmentIds) => get('/runnable', { segment: segmentIds ?? undefined }),
    pauseSegment: (id, options) => send('PUT', `/segments/${part(id)}/pause`, options),
    resumeSegment: (id) => send('DELETE', `/segments/${part(id)}/pause`),
    explainPlan: (id) => get(`/segments/${part(id)}/plan`),
    explainPlanOf: (source) => send('POST', '/plan', source),
    explain: (id, profileId, options) => get(`/segments/${part(id)}/explain/${part(profileId)}`, options),
  };
}

export async function readAbout(baseUrl: string, timeoutMs: number): Promise<About> {
  const url = urlOf(baseUrl, '/about', {});
  const about = await request<Partial<About>>(url, { signal: AbortSignal.timeout(timeoutMs) });
  if (about.service === 'strata') return about as About;
  throw strange(url.origin, 'it is another service');
}

/** Sends the file itself, so that the server needs no access to the caller's folders; it may take hours. */
export function importOverHttp(
  baseUrl: string,
  file: string,
  columns: readonly string[] | undefined,
): Promise<ImportedTransactions> {
  const url = urlOf(baseUrl, '/import/transactions', { columns: columns?.join(',') });
  return settle<ImportedTransactions>(url, uploadFile(url, file));
}

/** A list is sent as a parameter each. */
type Query = Readonly<Record<string, string | number | readonly string[] | undefined>>;

function urlOf(baseUrl: string, path: string, query: Query): URL {
  const url = new URL(path, baseUrl);
  for (const [name, value] of Object.entries(query))
    for (const each of [value ?? []].flat()) url.searchParams.append(name, String(each));
  return url;
}

function request<T>(url: URL, init: RequestInit): Promise<T> {
  const answer = async (): Promise<Answer> => {
    const response = await fetch(url, init);
    return { status: response.status, body: await response.json() };
  };
  return settle<T>(url, answer());
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Our own server's answers are trusted to have the shape its handlers return. */
async function settle<T>(url: URL, answer: Promise<Answer>): Promise<T> {
  const { status, body } = await answer.catch((error: unknown) => {
    throw toUnreachable(error, url.origin);
  });
  if (status < 400) return body as T;
  throw toError(body, status, url);
}

/** Of the system, and of Node's fetch, which gives up before a limit of ours. */
const SILENT = ['ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'];
const NOBODY = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'];
const START = 'Is `strata up` or `npm run worker` running there, and STRATA_API_URL right?';

function toUnreachable(error: unknown, origin: string): unknown {
  if (!(error instanceof Error)) return error;
  const code = codeIn(error);
  if (error.name === 'TimeoutError' || (code !== null && SILENT.includes(code)))
    return new ApiUnreachable(
      'silent',
      `The Strata API at ${origin} has not answered in time: it is busy or stopped.`,
      {
        cause: error,
      },
    );
  if (error instanceof SyntaxError) return strange(origin, 'its answer is no JSON', error);
  if (code !== null && NOBODY.includes(code))
    return new ApiUnreachable('refused', `No Strata API is at ${origin} (${code}). ${START}`, {
      cause: error,
    });
  return strange(origin, `the connection broke (${code ?? error.message})`, error);
}

function strange(origin: string, what: string, cause?: Error): ApiUnreachable {
  return new ApiUnreachable(
    'strange',
    `What answers at ${origin} does not speak as the Strata API does: ${what}. ${START}`,
    {
      cause,
    },
  );
}

/** fetch wraps the socket's error, and that may be one for each address of a name. */
function codeIn(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return codeIn(error instanceof AggregateError ? error.errors[0] : error.cause);
}

function toError(body: unknown, status: number, { origin }: URL): Error {
  if (typeof body === 'object' && body !== null && 'error' in body && 'message' in body) {
    const Known = MISTAKES[String(body.error)];
    return Known === undefined
      ? new Error(`The Strata API at ${origin} failed: ${String(body.error)}: ${String(body.message)}`)
      : new Known(String(body.message));
  }
  return strange(origin, `it answered with status ${status}`);
}
