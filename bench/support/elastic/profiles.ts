import { sampleShopper } from '../../../src/domain/sample-shoppers.ts';

type Fields = Readonly<Record<string, unknown>>;

export type TracardiProfile = Fields & { readonly id: string };

/** Sample shopper number `index` as a Tracardi profile of about 1.2 kB. */
function tracardiProfile(index: number, now: number): TracardiProfile {
  const { id, traits, stats, interests, consents, device, metadata, active, acquisition } = sampleShopper(
    index,
    {
      now,
    },
  ) as Record<string, Fields> & { id: string; active: unknown; interests: unknown };
  const { country, city, email, tier, name, language, ...others } = traits as Record<string, unknown>;
  const time = (metadata as { time: { create: string; visit?: { last: string; count: number } } }).time;
  return {
    id,
    ids: [id, `anonymous-${id}`],
    metadata: {
      time: {
        insert: time.create,
        create: time.create,
        update: time.visit?.last ?? time.create,
        visit: { ...time.visit, tz: 'Europe/Berlin' },
      },
      status: null,
      aux: {},
    },
    data: {
      pii: {
        firstname: (name as Fields)['first'],
        lastname: (name as Fields)['last'],
        language: { native: language },
      },
      contact: {
        email: { main: email ?? null },
        address: { country, town: city ?? null },
        confirmations: [],
      },
      devices: { names: [(device as Fields)['os']], last: { type: (device as Fields)['type'] } },
      identifier: { id: `customer-${index}`, token: null },
      media: {
        image: `https://cdn.example.com/avatars/${index}.png`,
        webpage: `https://people.example.com/${id}`,
      },
      loyalty: { codes: [], card: { name: tier ?? null, points: Number((stats as Fields)['units']) * 10 } },
    },
    traits: {
      ...others,
      channel: (acquisition as Fields)['channel'],
      campaign: (acquisition as Fields)['campaign'],
    },
    stats,
    interests: Object.fromEntries(
      (interests as unknown as readonly string[]).map((name, rank) => [name, 1 + rank]),
    ),
    consents,
    aux: { source: { id: '6a6c9c5e-1f4f-4d66-9b1c-4b6a4a0c9c11', bridge: 'rest-api' } },
    trash: {},
    segments: index % 3 === 0 ? ['newsletter'] : [],
    active,
    misc: {},
  };
}

export function* tracardiProfiles(count: number, now: number): Generator<TracardiProfile> {
  for (let index = 1; index <= count; index += 1) yield tracardiProfile(index, now);
}

/** Every hundredth shopper has come back: a visit, and what it has bought. */
export function* changeOnePercent(
  count: number,
  round: { readonly visits: number; readonly spend: number; readonly lastVisit: string },
): Generator<{ readonly id: string; readonly doc: object }> {
  for (let index = 100; index <= count; index += 100) {
    const { visits, spend, lastVisit } = round;
    const doc = {
      active: true,
      stats: { visits, spend, orders: 4, units: 9, returns: 0 },
      metadata: { time: { visit: { last: lastVisit } } },
    };
    yield { id: `shopper-${String(index).padStart(6, '0')}`, doc };
  }
}
