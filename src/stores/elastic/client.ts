import {
  Client,
  UndiciConnection,
  type ClientOptions,
  type ConnectionRequestOptions as Options,
  type ConnectionRequestOptionsAsStream as StreamOptions,
  type ConnectionRequestParams as Params,
  type ConnectionRequestResponse,
  type ConnectionRequestResponseAsStream,
} from '@elastic/elasticsearch';
import { readFileSync } from 'node:fs';
import { UserError } from '../../domain/errors.ts';

/** How to reach the cluster; the meanings of the `ELASTIC_*` variables. */
export interface ElasticConnection {
  /** Hosts, `host:port` or whole URLs. */
  readonly hosts: readonly string[];
  readonly scheme: 'http' | 'https';
  readonly port: number;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly apiKey?: string | undefined;
  readonly apiKeyId?: string | undefined;
  readonly caFile?: string | undefined;
  readonly verifyCertificates: boolean;
  readonly timeoutMs: number;
}

/**
 * The client of 8.x takes an answer for Elasticsearch's only with a product header, which 7.13 does not send yet.
 * Who is at the other end is asked once, by `checkServer`, which refuses what is not supported.
 */
class ElasticsearchConnection extends UndiciConnection {
  override request(params: Params, options: Options): Promise<ConnectionRequestResponse>;
  override request(params: Params, options: StreamOptions): Promise<ConnectionRequestResponseAsStream>;
  override async request(
    params: Params,
    options: Options | StreamOptions,
  ): Promise<ConnectionRequestResponse | ConnectionRequestResponseAsStream> {
    const { maxResponseSize } = options;
    if ('asStream' in options || maxResponseSize === undefined)
      return withProduct(await super.request(params, options));
    const { body, ...rest } = await super.request(params, { ...options, asStream: true });
    const whole = { ...rest, body: await readBounded(body, rest.headers, maxResponseSize) };
    return withProduct(options.context === AS_TEXT ? asText(whole) : whole);
  }
}

/** The context of a request whose answer is left as text, unless it is an error. */
export const AS_TEXT = { asText: true };

/** The client parses what is called JSON, and hands on all else. */
function asText(response: ConnectionRequestResponse): ConnectionRequestResponse {
  if (response.statusCode >= 300) return response;
  return { ...response, headers: { ...response.headers, 'content-type': 'text/plain' } };
}

function withProduct<T extends ConnectionRequestResponse | ConnectionRequestResponseAsStream>(
  response: T,
): T {
  response.headers['x-elastic-product'] ??= 'Elasticsearch';
  return response;
}

/** The client has this limit too, but what it gives up then fails later as an error that nobody can catch. */
async function readBounded(
  body: ConnectionRequestResponseAsStream['body'],
  headers: ConnectionRequestResponse['headers'],
  limit: number,
): Promise<string | Buffer> {
  const chunks: Buffer[] = [];
  let length = Number(headers['content-length'] ?? 0);
  if (length <= limit) {
    length = 0;
    for await (const chunk of body) {
      const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk as Uint8Array);
      length += bytes.length;
      if (length > limit) break;
      chunks.push(bytes);
    }
  }
  if (length > limit) {
    body.on('error', () => undefined).destroy();
    throw new AnswerTooLong(`the answer has ${length} bytes, and at most ${limit} are read`);
  }
  const whole = Buffer.concat(chunks);
  return headers['content-encoding'] === undefined ? whole.toString() : whole;
}

/** An answer is longer than the request said it may be. */
export class AnswerTooLong extends Error {
  override readonly name = 'AnswerTooLong';
}

/** Connections are kept open; whoever makes a client closes it. */
export function createClient(connection: ElasticConnection): Client {
  const { verifyCertificates, timeoutMs } = connection;
  const auth = authOf(connection);
  const ca = connection.caFile === undefined ? undefined : readCa(connection.caFile);
  return new Client({
    nodes: connection.hosts.map((host) => toUrl(host, connection)),
    Connection: ElasticsearchConnection,
    requestTimeout: timeoutMs,
    // Searches and bulks are retried by us, with a backoff that the client does not have.
    maxRetries: 0,
    tls: { rejectUnauthorized: verifyCertificates, ...(ca === undefined ? {} : { ca }) },
    ...(auth === undefined ? {} : { auth }),
  });
}

function toUrl(host: string, { scheme, port }: ElasticConnection): string {
  const text = host.includes('://') ? host : `${scheme}://${/:\d+$/.test(host) ? host : `${host}:${port}`}`;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.hostname === '')
    throw new UserError(`ELASTIC_HOST names "${withoutUser(host)}", which is no host and no URL.`);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new UserError(
      `ELASTIC_HOST names "${withoutUser(host)}", and Elasticsearch is reached by http:// or https://.`,
    );
  return text;
}

/** It may hold a password. */
function withoutUser(host: string): string {
  return host.replace(/^([a-z.+-]*:\/\/)?.*@/i, '$1');
}

function authOf({ username, password, apiKey, apiKeyId }: ElasticConnection): ClientOptions['auth'] {
  if (apiKey !== undefined)
    return { apiKey: apiKeyId === undefined ? apiKey : { id: apiKeyId, api_key: apiKey } };
  if (username === undefined) return undefined;
  if (password === undefined)
    throw new UserError('ELASTIC_HTTP_AUTH_USERNAME is set, and ELASTIC_HTTP_AUTH_PASSWORD is not.');
  return { username, password };
}

function readCa(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new UserError(`ELASTIC_CA_FILE cannot be read: ${cause instanceof Error ? cause.message : ''}`, {
      cause,
    });
  }
}
