/** A made-up customer, as a shop's profile store would hold one. */
export type SampleShopper = Readonly<Record<string, unknown>> & { readonly id: string };

export interface SampleOptions {
  /** Epoch milliseconds that ages count back from. */
  readonly now: number;
  /** The same seed makes the same shoppers. */
  readonly seed?: number;
}

const DAY = 86_400_000;

/** The shoppers 1 to `count`, one by one, so that any number of them takes no memory. */
export async function* sampleShoppers(count: number, options: SampleOptions): AsyncGenerator<SampleShopper> {
  for (let index = 1; index <= count; index += 1) yield sampleShopper(index, options);
}

/**
 * Shopper number `index`, the same for the same seed, index and `now`. Few shoppers do most of the shopping,
 * a third has lapsed, and fields are missing where people leave them out.
 */
export function sampleShopper(index: number, { now, seed = 1 }: SampleOptions): SampleShopper {
  const random = createRandom(seed, index);
  const life = lifeOf(random, now);
  const country = pick(random, COUNTRIES);
  return {
    id: `shopper-${String(index).padStart(6, '0')}`,
    active: life.idleDays < 180,
    traits: traitsOf(random, index, country),
    consents: consentsOf(random),
    stats: statsOf(random, life),
    acquisition: { channel: pick(random, CHANNELS), campaign: `autumn-${1 + Math.floor(random() * 40)}` },
    interests: interestsOf(random),
    device: deviceOf(random),
    metadata: {
      time: {
        create: new Date(life.createdAt).toISOString(),
        ...(life.visits === 0
          ? {}
          : { visit: { last: new Date(life.lastVisitAt).toISOString(), count: life.visits } }),
      },
    },
  };
}

type Random = () => number;

/** mulberry32, started from both numbers so that neighbours have nothing in common. */
function createRandom(seed: number, index: number): Random {
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(index, 0xc2b2ae35);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Life {
  readonly createdAt: number;
  readonly lastVisitAt: number;
  readonly idleDays: number;
  readonly visits: number;
}

function lifeOf(random: Random, now: number): Life {
  const ageDays = 1 + random() ** 1.5 * 1_400;
  const lapsed = random() < 0.35;
  const idleDays = Math.min(ageDays, lapsed ? 60 + random() * 600 : random() ** 2 * 60);
  const rate = random() ** 4 * 0.5;
  const visits = random() < 0.04 ? 0 : 1 + Math.floor((ageDays - idleDays) * rate);
  return { createdAt: now - ageDays * DAY, lastVisitAt: now - idleDays * DAY, idleDays, visits };
}

function statsOf(random: Random, { visits }: Life) {
  const orders = Math.floor(visits * random() ** 2 * 0.6);
  const units = orders === 0 ? 0 : orders + Math.floor(random() * orders * 2);
  const spend = Math.round(units * (8 + random() ** 3 * 140) * 100) / 100;
  return { visits, orders, units, spend, returns: Math.floor(orders * random() ** 3 * 0.4) };
}

function traitsOf(random: Random, index: number, country: Country) {
  const name = { first: pick(random, FIRST_NAMES), last: pick(random, LAST_NAMES) };
  const traits: Record<string, unknown> = { country: country.code, language: country.language, name };
  if (random() < 0.82) traits['email'] = `${name.first}.${name.last}${index}@example.com`.toLowerCase();
  if (random() < 0.7) traits['city'] = pick(random, country.cities);
  if (random() < 0.45) traits['birthYear'] = 1945 + Math.floor(random() * 62);
  if (random() < 0.6) traits['tier'] = pick(random, TIERS);
  return traits;
}

function consentsOf(random: Random) {
  const marketing = random() < 0.55;
  return { marketing, analytics: marketing || random() < 0.3, profiling: marketing && random() < 0.4 };
}

function interestsOf(random: Random): readonly string[] {
  const count = Math.floor(random() ** 1.5 * 5);
  const picked = Array.from({ length: count }, () => pick(random, INTERESTS));
  return [...new Set(picked)];
}

function deviceOf(random: Random) {
  const os = pick(random, SYSTEMS);
  return { os, type: os === 'ios' || os === 'android' ? 'phone' : 'desktop', app: random() < 0.25 };
}

/** The first ones far more often than the last. */
function pick<Item>(random: Random, items: readonly [Item, ...Item[]]): Item {
  return items[Math.floor(random() ** 2 * items.length)] ?? items[0];
}

interface Country {
  readonly code: string;
  readonly language: string;
  readonly cities: readonly [string, ...string[]];
}

const COUNTRIES: readonly [Country, ...Country[]] = [
  { code: 'IN', language: 'en', cities: ['Mumbai', 'Bengaluru', 'Delhi', 'Pune', 'Chennai'] },
  { code: 'US', language: 'en', cities: ['New York', 'Chicago', 'Austin', 'Seattle'] },
  { code: 'DE', language: 'de', cities: ['Berlin', 'München', 'Hamburg', 'Köln'] },
  { code: 'PL', language: 'pl', cities: ['Warszawa', 'Kraków', 'Łódź'] },
  { code: 'BR', language: 'pt', cities: ['São Paulo', 'Recife', 'Curitiba'] },
  { code: 'FR', language: 'fr', cities: ['Paris', 'Lyon', 'Nîmes'] },
  { code: 'JP', language: 'ja', cities: ['東京', '大阪', '札幌'] },
];
const FIRST_NAMES = ['Asha', 'Ravi', 'Emma', 'Noah', 'Lena', 'Jonas', 'Zofia', 'Ana', 'Luc', 'Yuki'] as const;
const LAST_NAMES = ['Patel', 'Sharma', 'Smith', 'Novak', 'Weber', 'Silva', 'Martin', 'Sato'] as const;
const TIERS = ['basic', 'plus', 'premium'] as const;
const INTERESTS = ['shoes', 'books', 'garden', 'music', 'toys', 'sport', 'kitchen', 'travel'] as const;
const CHANNELS = ['search', 'social', 'newsletter', 'store', 'referral'] as const;
const SYSTEMS = ['android', 'ios', 'windows', 'macos', 'linux'] as const;
