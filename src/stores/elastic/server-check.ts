import { errors, type Client } from '@elastic/elasticsearch';
import { UserError } from '../../domain/errors.ts';
import { isRecord } from './records.ts';

/** Tracardi 0.8.1 ships with 7.13; what is older is known not to take the client's media types. */
const OLDEST = { major: 7, minor: 13 };
const NEWEST_MAJOR = 9;

/**
 * Asks the nodes for their versions, which works where `GET /` does not, and refuses by name what Strata does
 * not know. A server that cannot be reached or does not let us in is a UserError that says so.
 */
export async function checkServer(client: Client): Promise<string> {
  const answer = await askNodes(client);
  const nodes = isRecord(answer) && isRecord(answer['nodes']) ? Object.values(answer['nodes']) : [];
  const versions = nodes.filter(isRecord).map(({ version }) => String(version));
  const [oldest] = versions.toSorted((a, b) => compare(a, b));
  if (oldest === undefined) throw new UserError(`${whereOf(client)} answers, but not as Elasticsearch does.`);
  // OpenSearch counts from 1, and its nodes have no flavor.
  const isForeign = nodes.filter(isRecord).some((node) => node['build_flavor'] === undefined);
  const [major = 0, minor = 0] = oldest.split('.').map(Number);
  const isSupported =
    major <= NEWEST_MAJOR && (major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor));
  if (isSupported && !isForeign) return oldest;
  throw new UserError(
    `${whereOf(client)} runs ${isForeign ? `version ${oldest} of another product, OpenSearch by the look of it` : `Elasticsearch ${oldest}`}. Strata works with Elasticsearch 7.13 to 7.17, 8 and 9.`,
  );
}

function compare(a: string, b: string): number {
  const [left, right] = [a.split('.').map(Number), b.split('.').map(Number)];
  return (left[0] ?? 0) - (right[0] ?? 0) || (left[1] ?? 0) - (right[1] ?? 0);
}

export function isAtLeast(version: string, major: number, minor: number): boolean {
  return compare(version, `${major}.${minor}`) >= 0;
}

async function askNodes(client: Client): Promise<unknown> {
  try {
    return await client.transport.request(
      { method: 'GET', path: '/_nodes', querystring: 'filter_path=nodes.*.version,nodes.*.build_flavor' },
      // Every product understands this one, and we want to name those that we refuse.
      { headers: { accept: 'application/json' } },
    );
  } catch (cause) {
    throw explain(client, cause);
  }
}

function explain(client: Client, cause: unknown): unknown {
  const where = whereOf(client);
  if (cause instanceof errors.ResponseError) {
    if (cause.statusCode === 401)
      return new UserError(
        `${where} does not know this user (401). Set ELASTIC_HTTP_AUTH_USERNAME and ELASTIC_HTTP_AUTH_PASSWORD, or ELASTIC_API_KEY.`,
        { cause },
      );
    if (cause.statusCode === 403)
      return new UserError(
        `${where} does not let this user look at the cluster (403). It needs the cluster privilege \`monitor\`, and \`read\`, \`write\`, \`maintenance\` and \`view_index_metadata\` on the profile index.`,
        { cause },
      );
    return new UserError(`${where} answers ${cause.statusCode} to a question that Elasticsearch answers.`, {
      cause,
    });
  }
  if (!(cause instanceof errors.ElasticsearchClientError)) return cause;
  if (/certificate|self.signed|CERT_|altnames/i.test(cause.message))
    return new UserError(
      `The certificate of ${where} is not trusted: ${cause.message}. Name its authority with ELASTIC_CA_FILE, or switch the check off with ELASTIC_VERIFY_CERTS=no.`,
      { cause },
    );
  return new UserError(
    `Elasticsearch at ${where} cannot be reached: ${cause.message}. Is it up, and are ELASTIC_HOST, ELASTIC_PORT and ELASTIC_SCHEME right?`,
    { cause },
  );
}

function whereOf(client: Client): string {
  return client.connectionPool.connections.map(({ url }) => url.host).join(', ');
}
