import { z } from 'zod';
import { numeric } from './domain/numeric-text.ts';

/** An empty variable is as good as none. */
const optionalText = z
  .string()
  .optional()
  .transform((text) => (text === '' ? undefined : text));

/** Names as the containers that Strata replaces read them. */
export const elasticVariables = {
  ELASTIC_HOST: optionalText.describe(
    'Elasticsearch hosts or URLs, comma-separated; makes Elasticsearch the profile store',
  ),
  ELASTIC_PORT: numeric(z.number().int().min(1).max(65_535))
    .default(9200)
    .describe('Port of the hosts that name none'),
  ELASTIC_SCHEME: z.enum(['http', 'https']).default('http').describe('Scheme of the hosts that name none'),
  ELASTIC_HTTP_AUTH_USERNAME: optionalText.describe('User; needs `ELASTIC_HTTP_AUTH_PASSWORD`'),
  ELASTIC_HTTP_AUTH_PASSWORD: optionalText.describe('Password of the user'),
  ELASTIC_API_KEY: optionalText.describe('API key, instead of user and password'),
  ELASTIC_API_KEY_ID: optionalText.describe('Id of the API key, when the key does not hold it'),
  ELASTIC_CA_FILE: optionalText.describe('File of the authority that has signed the certificate'),
  ELASTIC_VERIFY_CERTS: z.stringbool().default(true).describe('Whether the certificate is checked'),
  ELASTIC_QUERY_TIMEOUT: numeric(z.number().positive())
    .default(60)
    .describe('Seconds after which a request that has no answer is given up'),
  ELASTIC_LAYOUT: z
    .enum(['plain', 'tracardi'])
    .default('plain')
    .describe('`plain`: an index or alias of any shape; `tracardi`: the indices of a Tracardi installation'),
  ELASTIC_PROFILE_INDEX: optionalText.describe(
    'Index, alias or pattern of the profiles; `strata-profiles`, or what Tracardi names it',
  ),
  ELASTIC_ID_FIELD: z
    .string()
    .min(1)
    .default('id')
    .describe("Field that holds the profile's id in the layout `plain`, or `_id`"),
  ELASTIC_PLAIN_DOCUMENTS: z
    .stringbool()
    .default(false)
    .describe(
      'Whether every writer keeps to the types of the mapping, so that more of a condition is left to the index',
    ),
  ELASTIC_INDEX_SHARDS: numeric(z.number().int().min(1).max(1_024))
    .default(1)
    .describe('Primary shards of a profile index that Strata creates'),
  ELASTIC_INDEX_REPLICAS: numeric(z.number().int().min(0).max(10))
    .default(1)
    .describe('Replicas of a profile index that Strata creates'),
  PRODUCTION: z.stringbool().default(false).describe('Tracardi: whether the production indices are meant'),
  TENANT_NAME: optionalText.describe('Tracardi: the tenant in its index names; derived from the version'),
  TRACARDI_VERSION: z
    .string()
    .regex(/^\d{2,3}x?$/, 'must be the prefix of Tracardi’s indices, such as 08x')
    .default('08x')
    .describe("Tracardi: the prefix of its indices, its database's version"),
};
