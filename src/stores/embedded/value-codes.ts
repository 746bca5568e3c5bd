import { INTEGER, VARCHAR, type DuckDBConnection } from '@duckdb/node-api';
import { quote, selectRows } from './rows.ts';

/**
 * Memberships are stored as texts of one character a value: a tenth of the bytes, and "is this value in it"
 * is a search for one character, which a scan does for each profile and segment.
 */
export interface ValueCodes {
  /** A new value gets its character at once; `keep` writes it down before a row uses it. */
  encode(values: readonly string[]): string;
  decode(text: string): readonly string[];
  /** A SQL literal of the value's character. */
  literalOf(value: string): string;
  /** Resolves when every code given so far is in the database. */
  keep(): Promise<void>;
}

export const NO_VALUES = '';

type Write = <T>(use: (connection: DuckDBConnection) => Promise<T>) => Promise<T>;

/** Distinct memberships that are remembered decoded; profiles share few. */
const MAX_REMEMBERED = 20_000;

export async function readValueCodes(connection: DuckDBConnection, write: Write): Promise<ValueCodes> {
  const rows = await selectRows(connection, 'SELECT code, value FROM value_codes ORDER BY code');
  const values = rows.map(([, value]) => fromStored(String(value)));
  const characters = new Map(values.map((value, code) => [value, toCharacter(code)]));
  const codes = new Map(values.map((value, code) => [toCharacter(code), value]));
  const decoded = new Map<string, readonly string[]>();
  let kept = values.length;
  let keeping: Promise<void> = Promise.resolve();

  function characterOf(value: string): string {
    const known = characters.get(value);
    if (known !== undefined) return known;
    const character = toCharacter(values.length);
    values.push(value);
    characters.set(value, character);
    codes.set(character, value);
    return character;
  }

  function decode(text: string): readonly string[] {
    const known = decoded.get(text);
    if (known !== undefined) return known;
    const list = Array.from(text, (character) => valueOf(codes, character));
    if (decoded.size >= MAX_REMEMBERED) decoded.clear();
    decoded.set(text, list);
    return list;
  }

  async function keepNew(): Promise<void> {
    const [from, to] = [kept, values.length];
    if (from === to) return;
    await write((connection) => insertCodes(connection, values.slice(from, to), from));
    kept = to;
  }

  return {
    encode: (list) => list.map(characterOf).join(''),
    decode,
    literalOf: (value) => quote(characterOf(value)),
    keep() {
      // After a failed write the next caller tries again.
      keeping = keeping.catch(() => undefined).then(keepNew);
      return keeping;
    },
  };
}

function valueOf(codes: ReadonlyMap<string, string>, character: string): string {
  const value = codes.get(character);
  if (value !== undefined) return value;
  throw new Error(`a membership holds the unknown code ${character.codePointAt(0)}`);
}

async function insertCodes(
  connection: DuckDBConnection,
  values: readonly string[],
  from: number,
): Promise<void> {
  for (const [index, value] of values.entries()) {
    await connection.run(
      'INSERT INTO value_codes VALUES ($1, $2)',
      [from + index, toStored(value)],
      [INTEGER, VARCHAR],
    );
  }
}

/** JSON, because UTF-8 has no half of a surrogate pair and a foreign value may. */
function toStored(value: string): string {
  return JSON.stringify(value);
}

function fromStored(text: string): string {
  const value: unknown = JSON.parse(text);
  return String(value);
}

const FIRST = 0x21;
const SURROGATES = { from: 0xd800, count: 0x800 };
const LAST = 0x10_ffff;

function toCharacter(code: number): string {
  const point = FIRST + code < SURROGATES.from ? FIRST + code : FIRST + code + SURROGATES.count;
  if (point > LAST) throw new Error(`profiles carry more than ${code} different values`);
  return String.fromCodePoint(point);
}
