import type { Client } from '@elastic/elasticsearch';
import type { WriteRequest } from '../../activities/profile-store.ts';
import { UserError } from '../../domain/errors.ts';
import type { IndexState } from './index-state.ts';
import { claimIndices } from './indices.ts';
import type { Layout } from './layout.ts';
import { versionOf } from './version.ts';

/** Before a write: its indices must be ours to write and map what Strata adds; months of an alias come while we run. */
export function createPreparation(
  client: Client,
  {
    layout,
    environment,
    readState,
  }: {
    readonly layout: Layout;
    readonly environment: string;
    readonly readState: () => Promise<IndexState>;
  },
): (request: WriteRequest) => Promise<void> {
  const prepared = new Set<string>();

  return async ({ changes }) => {
    const named = changes.map((change) => versionOf(change).location.index);
    if (named.every((index) => prepared.has(index))) return;
    const state = await readState();
    if (state.environment === null) throw new UserError(notAllowed(layout));
    await claimIndices(client, layout, state, environment);
    for (const { name } of state.shapes) prepared.add(name);
  };
}

function notAllowed({ index }: Layout): string {
  return `The profiles in "${index}" have never been written by Strata. See what would change with \`strata run live --dry-run\`, then allow it with \`strata run live --yes\`.`;
}
