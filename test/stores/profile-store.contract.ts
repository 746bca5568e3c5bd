import { afterEach, beforeEach, describe } from 'vitest';
import { describeMembers } from './profile-members.contract.ts';
import { describeScans } from './profile-scans.contract.ts';
import { describeWrites } from './profile-writes.contract.ts';
import type { StoreUnderTest } from './store-under-test.ts';

/** What every profile store promises; `create` gives a fresh, empty one. */
export function describeProfileStore(name: string, create: () => Promise<StoreUnderTest>): void {
  describe(`${name} keeps the promises of a profile store`, () => {
    let store: StoreUnderTest;
    beforeEach(async () => {
      store = await create();
    });
    afterEach(() => store.close());
    describeScans(() => store);
    describeWrites(() => store);
    describeMembers(() => store);
  });
}
