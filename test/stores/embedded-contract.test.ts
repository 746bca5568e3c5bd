import { openEmbedded, type EmbeddedUnderTest } from './embedded-store.ts';
import type { WriteRequest } from '../../src/activities/profile-store.ts';
import { describeIntentLog } from './intent-log.contract.ts';
import { describeLedger, logByIntents, type LoggedChange } from './ledger.contract.ts';
import { describeProfileStore } from './profile-store.contract.ts';
import { readAll, write } from './store-under-test.ts';

describeProfileStore('the embedded store', openEmbedded);
describeLedger('the embedded store', async () => {
  const store = await openEmbedded();
  return {
    ...store,
    log: (runId, changes, scan = 'conditions') => writeAndLog(store, { runId, scan }, changes),
  };
});
describeLedger('the embedded ledger of profiles in another store', async () => {
  const store = await openEmbedded();
  return { ...store, log: logByIntents(store.intents) };
});
describeIntentLog('the embedded store', openEmbedded);

/** This store logs a change in the transaction that writes the profile. */
async function writeAndLog(
  { profiles, load }: EmbeddedUnderTest,
  by: Pick<WriteRequest, 'runId' | 'scan'>,
  changes: readonly LoggedChange[],
): Promise<void> {
  await load(changes.map(({ id }) => ({ id })));
  const versions = new Map((await readAll(profiles)).map(({ id, version }) => [id, version]));
  const written = changes.map((change) => ({
    ...change,
    version: versions.get(change.id) ?? '',
    segments: change.entered,
  }));
  await write(profiles, written, by);
}
