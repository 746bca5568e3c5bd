import { openEmbedded, type EmbeddedUnderTest } from './embedded-store.ts';
import { describeIntentLog } from './intent-log.contract.ts';
import { describeLedger, type LoggedChange } from './ledger.contract.ts';
import { describeProfileStore } from './profile-store.contract.ts';
import { readAll, write } from './store-under-test.ts';

describeProfileStore('the embedded store', openEmbedded);
describeLedger('the embedded store', async () => {
  const store = await openEmbedded();
  return { ...store, log: (runId, changes) => writeAndLog(store, runId, changes) };
});
describeIntentLog('the embedded store', openEmbedded);

/** This store logs a change in the transaction that writes the profile. */
async function writeAndLog(
  { profiles, load }: EmbeddedUnderTest,
  runId: string,
  changes: readonly LoggedChange[],
): Promise<void> {
  await load(changes.map(({ id }) => ({ id })));
  const versions = new Map((await readAll(profiles)).map(({ id, version }) => [id, version]));
  const written = changes.map((change) => ({
    ...change,
    version: versions.get(change.id) ?? '',
    segments: change.entered,
  }));
  await write(profiles, written, { runId });
}
