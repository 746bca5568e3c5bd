import type { Config } from '../config.ts';
import type { TracardiDocuments } from '../domain/tracardi/import-installation.ts';
import { checkServer } from '../stores/elastic/server-check.ts';
import { readTracardiDocuments } from '../stores/elastic/tracardi-documents.ts';
import { tracardiAlias } from '../stores/elastic/tracardi-names.ts';
import { connectElastic, tracardiInstallationOf } from './open-profiles.ts';

/** Reads what a Tracardi installation segments by; only reads, and needs neither stores nor Temporal. */
export async function readTracardi(config: Config): Promise<TracardiDocuments> {
  const client = connectElastic(config);
  const nameOf = (name: string): string => tracardiAlias(tracardiInstallationOf(config), name);
  try {
    await checkServer(client);
    return await readTracardiDocuments(client, {
      liveSegments: nameOf('live-segment'),
      flows: nameOf('flow'),
      segments: nameOf('segment'),
    });
  } finally {
    await client.close();
  }
}
