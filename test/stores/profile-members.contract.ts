import { expect, test } from 'vitest';
import { aChange, readAll, shoppers, write, type StoreUnderTest } from './store-under-test.ts';

export function describeMembers(current: () => StoreUnderTest): void {
  test('members are counted for many sets of values at once', async () => {
    const { profiles, load } = current();
    await load(
      shoppers(120).map((shopper, index) => ({
        ...shopper,
        segments: [...(index % 2 === 0 ? ['gold'] : []), ...(index % 3 === 0 ? ['silver'] : [])],
      })),
    );

    expect(await profiles.countMembers([['gold'], ['silver'], ['gold', 'silver'], ['none'], []])).toEqual([
      60, 40, 80, 0, 0,
    ]);
    expect(await profiles.countProfiles()).toBe(120);
  });

  test('members are listed by code point, page by page', async () => {
    const { profiles, load } = current();
    const ids = ['b', 'a', 'B', 'ž', '10', '9', 'a ', '𐀀', '\uffee'];
    await load(ids.map((id) => ({ id, segments: ['gold'] })));

    const first = await profiles.readMembers(['gold'], { limit: 5 });
    const second = await profiles.readMembers(['gold', 'silver'], { after: first.at(-1) ?? '', limit: 10 });

    expect([...first, ...second]).toEqual(['10', '9', 'B', 'a', 'a ', 'b', 'ž', '\uffee', '𐀀']);
  });

  test.each(['Gold tier', 'gold', 'GOLD', ',', '","', '\\', 'a"b', 'ž', "it's", '%', '[', ' gold'])(
    'the value %j is told from its neighbours',
    async (value) => {
      const { profiles, load } = current();
      await load([
        { id: 'in', segments: ['x,', value, ',y'] },
        { id: 'out', segments: ['x', 'y', `${value}${value}`, `z${value}`, `${value}"`] },
      ]);

      expect(await profiles.readMembers([value], { limit: 5 })).toEqual(['in']);
      expect(await profiles.countMembers([[value]])).toEqual([1]);
    },
  );

  test('thousands of different values are kept apart, counted and logged', async () => {
    const { profiles, ledger, put } = current();
    const values = Array.from({ length: 3_000 }, (_, index) => `value ${index}`);
    await put({ id: 'a', segments: values.slice(0, 1_500) });
    await put({ id: 'b' });
    const b = (await readAll(profiles)).find(({ id }) => id === 'b');
    await write(profiles, [aChange(b, values)]);

    expect((await profiles.readProfile('b'))?.segments).toEqual(values);
    expect(
      (await profiles.countMembers(values.map((value) => [value]))).filter((count) => count === 2).length,
    ).toBe(1_500);
    const counted = await ledger.countChanges('run-1');
    expect(new Set(counted.map(({ value }) => value))).toEqual(new Set(values));
    expect(counted.every(({ entered, left }) => entered === 1 && left === 0)).toBe(true);
  });

  test('an unknown profile reads as null', async () => {
    expect(await current().profiles.readProfile('nobody')).toBeNull();
  });
}
