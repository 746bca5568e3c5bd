import { z } from 'zod';
import { elasticVariables } from './config-elastic.ts';
import { MAX_WINDOW } from './domain/batches.ts';
import { UserError } from './domain/errors.ts';
import { numeric } from './domain/numeric-text.ts';
import { valueMessage } from './domain/value-messages.ts';

const commaList = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

function isMysqlUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, pathname } = new URL(text);
  return protocol === 'mysql:' && hostname !== '' && /^\/[^/]+$/.test(pathname);
}

/** The id of a profile, and the stamp of the run that wrote it last. */
const TAKEN_FIELDS: readonly string[] = ['id', 'strata'];

/**
 * The whole environment Strata reads; names are the variable names. The connection to a Temporal cluster is
 * Temporal's own (`TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_API_KEY`, `TEMPORAL_TLS_*`, profiles).
 */
export const Config = z.object({
  STRATA_ENV: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'must be 1 to 32 of a-z, 0-9 and "-"')
    .default('default')
    .describe('Environment: prefixes schedule ids, workflow ids and task queues, and stamps the stores'),
  STRATA_DATA: z
    .string()
    .min(1)
    .default('.strata')
    .describe('Data folder of the embedded stores and the Temporal dev server'),
  STRATA_SEGMENTS: z.string().min(1).default('segments').describe('Folder of segment definitions'),
  STRATA_API_HOST: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe(
      'Where the API listens; it has no access control of its own, so leave loopback only behind something that has',
    ),
  STRATA_API_PORT: numeric(z.number().int().min(0).max(65_535))
    .default(8070)
    .describe('Port of the HTTP API; another free one is taken when it is in use'),
  STRATA_API_URL: z
    .url()
    .optional()
    .describe('API of a worker elsewhere: commands then read through it instead of opening the data folder'),
  STRATA_WINDOW: numeric(z.number().int().min(1).max(MAX_WINDOW))
    .default(4)
    .describe('Batches of a run that are worked on side by side'),
  STRATA_BATCHES_AT_ONCE: numeric(z.number().int().min(1).max(64))
    .optional()
    .describe('Batches that one worker process evaluates at once: 2 by default, with `ELASTIC_HOST` 4'),
  STRATA_BATCHES_PER_SECOND: numeric(z.number().positive())
    .optional()
    .describe(
      'Batches started per second by all workers together, kept by the Temporal server; no limit by default',
    ),
  STRATA_DATE_FIELDS: commaList
    .default(['metadata.time.*'])
    .describe('Profile fields that hold instants, comma-separated, `*` for any rest of the path'),
  MYSQL_URL: z
    .string()
    .refine(isMysqlUrl, 'must be mysql://user:password@host:port/database')
    .optional()
    .describe(
      'MySQL 8 or MariaDB database for the ledger, `mysql://user:password@host:port/database`; needs `ELASTIC_HOST`',
    ),
  STRATA_MIGRATE: z
    .stringbool()
    .default(true)
    .describe('Whether a start may bring the schema in `MYSQL_URL` up to date; else `strata migrate` does'),
  STRATA_LOG_RETENTION_DAYS: numeric(z.number().int().min(0))
    .default(365)
    .describe(
      'Days after which `MYSQL_URL` drops a line of the membership log, when newer lines answer it; 0 keeps all',
    ),
  SEGMENTS_FIELD: z
    .string()
    .regex(/^[\p{L}_][\p{L}\p{N}_-]*$/u, 'must be one plain field name, without dots')
    .refine((name) => !TAKEN_FIELDS.includes(name), 'must not be "id" or "strata", which hold something else')
    .default('segments')
    .describe('Profile field that holds the membership'),
  ...elasticVariables,
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('warn')
    .describe('Level of the log on standard error'),
  TEMPORAL_CLI_PATH: z.string().optional().describe('A `temporal` binary to start the dev server with'),
});
export type Config = z.output<typeof Config>;

/** Reads the environment once, at an entry point; a wrong value is a UserError that names the variable. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  // An empty variable is how compose files and shells say "not set".
  const set = Object.entries(env).filter(([, value]) => value !== '');
  const parsed = Config.safeParse(Object.fromEntries(set), { error: valueMessage });
  if (parsed.success && parsed.data.SEGMENTS_FIELD !== parsed.data.ELASTIC_ID_FIELD) return parsed.data;
  if (parsed.success)
    throw new UserError('SEGMENTS_FIELD and ELASTIC_ID_FIELD name one field for two things.');
  // Without the value: it may hold a password.
  const lines = parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
  throw new UserError(`The environment has a value that cannot be used: ${lines.join('; ')}`);
}
