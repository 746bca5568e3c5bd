import type { Stores } from '../../src/workers/open-stores.ts';
import { aRun, SLOT } from '../stores/builders.ts';
import { aChange, readAll, write } from '../stores/store-under-test.ts';

/** A segment `buyers` that these profiles have entered, by `run-1`. */
export async function logBuyers(
  { ledger, profiles, putProfiles }: Pick<Stores, 'ledger' | 'profiles' | 'putProfiles'>,
  ids: readonly string[],
): Promise<void> {
  await ledger.publishDefinitions({
    hash: 'one',
    author: 'test',
    publishedAt: SLOT,
    definitions: [
      {
        id: 'buyers',
        owner: '',
        file: 'buyers.yaml',
        content: 'id: buyers\nkind: live\ncondition: profile@orders > 1\n',
      },
    ],
  });
  await ledger.beginRun(aRun({ segmentIds: ['buyers'] }), []);
  await putProfiles(ids.map((id) => ({ id })));
  const changes = (await readAll(profiles)).map((profile) => aChange(profile, ['buyers']));
  await write(profiles, changes, { segments: ['buyers'] });
}
