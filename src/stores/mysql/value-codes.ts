import type { Query } from './database.ts';

/**
 * The log holds a value as one character: a few bytes however long the value is, and "is this value in it" is a
 * search for that character, which UTF-8 cannot find in the middle of another.
 */
export interface ValueCodes {
  /** Gives unknown values a code that every process will see. */
  encode(values: Iterable<string>): Promise<ReadonlyMap<string, ValueCode>>;
  /** Values that were never written have no code. */
  find(values: readonly string[]): Promise<readonly ValueCode[]>;
  decode(text: string): Promise<readonly string[]>;
}

export interface ValueCode {
  readonly code: number;
  readonly character: string;
}

type Run = <T>(work: (db: Query) => Promise<T>) => Promise<T>;

export function createValueCodes(run: Run): ValueCodes {
  const codes = new Map<string, ValueCode>();
  const values = new Map<string, string>();

  async function refresh(): Promise<void> {
    const rows = await run((db) => db.selectFrom('strata_value_codes').select(['code', 'value']).execute());
    for (const { code, value } of rows) {
      const character = toCharacter(code);
      codes.set(value, { code, character });
      values.set(character, value);
    }
  }

  async function encode(wanted: Iterable<string>): Promise<ReadonlyMap<string, ValueCode>> {
    const asked = [...new Set(wanted)];
    const unknown = asked.filter((value) => !codes.has(value));
    if (unknown.length > 0) await refresh();
    const fresh = unknown.filter((value) => !codes.has(value)).toSorted();
    if (fresh.length > 0) {
      await run((db) => insertCodes(db, fresh));
      await refresh();
    }
    return new Map(asked.map((value) => [value, known(value)]));
  }

  function known(value: string): ValueCode {
    const code = codes.get(value);
    if (code === undefined) throw new Error(`the value ${value} was given no code`);
    return code;
  }

  async function find(wanted: readonly string[]): Promise<readonly ValueCode[]> {
    if (wanted.some((value) => !codes.has(value))) await refresh();
    return wanted.flatMap((value) => codes.get(value) ?? []);
  }

  async function decode(text: string): Promise<readonly string[]> {
    const characters = Array.from(text);
    if (characters.some((character) => !values.has(character))) await refresh();
    return characters.map((character) => {
      const value = values.get(character);
      if (value === undefined)
        throw new Error(`the log holds the unknown value code ${character.codePointAt(0)}`);
      return value;
    });
  }

  return { encode, find, decode };
}

async function insertCodes(db: Query, values: readonly string[]): Promise<void> {
  await db
    .insertInto('strata_value_codes')
    .values(values.map((value) => ({ value })))
    .onDuplicateKeyUpdate((row) => ({ value: row.ref('strata_value_codes.value') }))
    .execute();
}

const FIRST = 0x21;
const SURROGATES = { from: 0xd800, count: 0x800 };
const LAST = 0x10_ffff;

function toCharacter(code: number): string {
  const point = FIRST + code < SURROGATES.from ? FIRST + code : FIRST + code + SURROGATES.count;
  if (point > LAST) throw new Error(`the log has more than ${code} different values`);
  return String.fromCodePoint(point);
}
