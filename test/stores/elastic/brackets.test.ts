import { describe, expect, test } from 'vitest';
import { compileCondition } from '../../../src/domain/condition/evaluate.ts';
import { toDateFields } from '../../../src/domain/condition/fields.ts';
import { SLOT } from '../../domain/condition/arbitraries.ts';
import { describeWithElastic } from '../../support/elastic.ts';
import { elasticClient, knownToElastic, type Since } from '../../support/elastic/under-test.ts';
import { makeBracketedIndex, type IndexMaking } from '../../support/elastic/bracketed-index.ts';
import { aCondition } from '../builders.ts';

const OPTIONS = { now: SLOT, dateFields: toDateFields(['born']) };

/**
 * `surely` is in both bounds, `never` in neither, `maybe` is left to the evaluator. The document is JSON where its
 * spelling matters; `refused` by the server, it is no document.
 */
type Row = readonly [
  condition: string,
  document: Readonly<Record<string, unknown>> | string,
  verdict: 'surely' | 'maybe' | 'never' | 'refused' | 'surely or maybe',
];

interface Rows {
  readonly name: string;
  /** The first version that does so. */
  readonly since?: Since;
  readonly makings: readonly IndexMaking[];
  readonly plainDocuments?: boolean;
  readonly rows: readonly Row[];
}

function mapped(f: Readonly<Record<string, unknown>>, more: Partial<IndexMaking> = {}): IndexMaking {
  return { mappings: { properties: { f } }, ...more };
}

const LONG = 'longer than the index takes';
/** More than one term of the index holds, and than a range or a prefix may be asked for. */
const ENDLESS = 'endless '.repeat(5_000);

const TABLE: readonly Rows[] = [
  {
    name: 'keyword',
    since: [7, 17],
    makings: [mapped({ type: 'keyword', ignore_above: 12 })],
    rows: [
      ['f == "DE"', { f: 'DE' }, 'surely'],
      ['f == "DE"', { f: ['FR', ['DE', null]] }, 'surely'],
      ['f == "DE"', { f: 'de' }, 'never'],
      ['f == "DE"', { f: LONG }, 'never'],
      ['f == "DE"', {}, 'never'],
      ['f != "DE"', { f: null }, 'surely'],
      ['f != "DE"', { f: 'DE' }, 'never'],
      [`f == "${LONG}"`, { f: LONG }, 'maybe'],
      ['f == "7"', { f: '7' }, 'maybe'],
      ['f == "7"', { f: 7 }, 'maybe'],
      ['f == 7', '{"f":7.0}', 'maybe'],
      ['f == 7', { f: '7' }, 'maybe'],
      ['f == 7', { f: 'seven' }, 'never'],
      ['f == "true"', { f: true }, 'maybe'],
      ['f == TRUE', { f: true }, 'maybe'],
      ['f == TRUE', { f: 'true' }, 'maybe'],
      ['f == NULL', { f: ['DE', null] }, 'maybe'],
      ['f == "what?"', { f: 'what?' }, 'maybe'],
      ['f IN ["DE", "FR"]', { f: 'FR' }, 'surely'],
      ['f IN ["DE", "7"]', { f: 'DE' }, 'surely'],
      ['f IN ["DE", "7"]', { f: 7 }, 'maybe'],
      ['f IN ["DE", NULL]', { f: 'FR' }, 'maybe'],
      ['f > "a"', { f: 'b' }, 'surely'],
      ['f > "a"', { f: 'A' }, 'never'],
      ['f > "a"', { f: LONG }, 'maybe'],
      ['f > "a"', { f: ['b', true] }, 'maybe'],
      ['f > "1"', { f: 2 }, 'maybe'],
      ['f < "a"', { f: 'A' }, 'surely'],
      ['f BETWEEN "b" AND "c"', { f: ['a', 'd'] }, 'never'],
      ['f BETWEEN "b" AND "c"', { f: ['a', 'bb'] }, 'surely'],
      ['f > "\\uffff"', { f: '😀' }, 'maybe'],
      ['f CONTAINS "b"', { f: ['a', 'b'] }, 'surely'],
      ['f CONTAINS "b"', { f: 'abc' }, 'maybe'],
      ['f CONTAINS "b"', { f: ['abc'] }, 'maybe'],
      ['f CONTAINS "*"', { f: 'abc' }, 'never'],
      ['f CONTAINS "b"', { f: LONG }, 'maybe'],
      ['f CONTAINS ""', { f: 'a' }, 'maybe'],
      ['f CONTAINS 7', { f: [7] }, 'maybe'],
      ['f STARTS WITH "a"', { f: 'abc' }, 'maybe'],
      ['f STARTS WITH "a"', { f: ['b', 'a'] }, 'maybe'],
      ['f STARTS WITH "a"', { f: 'ba' }, 'never'],
      ['f ENDS WITH "a"', { f: 'ba' }, 'maybe'],
      ['f ENDS WITH "a"', { f: 'ab' }, 'never'],
      ['f NOT STARTS WITH "a"', { f: 'ba' }, 'surely'],
      ['f EXISTS', { f: 'a' }, 'surely'],
      ['f EXISTS', { f: null }, 'maybe'],
      ['f EXISTS', {}, 'maybe'],
      ['f EXISTS', { f: LONG }, 'maybe'],
      ['f NOT EXISTS', { f: 'a' }, 'never'],
      ['f IS NULL', { f: null }, 'maybe'],
      ['f IS NULL', { f: 'a' }, 'never'],
      ['f IS NOT NULL', { f: 'a' }, 'surely'],
      ['f IS NOT NULL', { f: [] }, 'maybe'],
      ['f EMPTY', { f: '' }, 'maybe'],
      ['f EMPTY', { f: 'a' }, 'never'],
      ['f EMPTY', { f: [] }, 'maybe'],
      ['f NOT EMPTY', { f: 'a' }, 'surely'],
      ['f > now.offset("-1d")', { f: '2026-01-15' }, 'maybe'],
      ['f > now()', { f: '2025' }, 'never'],
      ['lowercase(f) == "de"', { f: 'DE' }, 'maybe'],
      ['lowercase(f) == "de"', {}, 'never'],
      ['f == profile@g', { f: 'a', g: 'a' }, 'maybe'],
      ['f == profile@g', { f: 'a' }, 'never'],
      ['f.0 == "a"', { f: ['a'] }, 'maybe'],
      ['f.0 == "a"', { f: 'b' }, 'never'],
      ['f == "a"', { f: { x: 'a' } }, 'refused'],
    ],
  },
  {
    name: 'keyword, whether or not the server notes what it leaves out',
    makings: [mapped({ type: 'keyword', ignore_above: 12 })],
    rows: [
      ['f == "DE"', { f: 'DE' }, 'surely'],
      ['f == "DE"', { f: LONG }, 'never'],
      ['f > "a"', { f: LONG }, 'maybe'],
    ],
  },
  {
    name: 'keyword beside texts that the server refuses to be asked for',
    makings: [mapped({ type: 'keyword' })],
    plainDocuments: true,
    rows: [
      [`f == "${ENDLESS}"`, { f: 'x' }, 'maybe'],
      [`f NOT IN ["x", "${ENDLESS}"]`, { f: 'x' }, 'maybe'],
      [`f >= "${ENDLESS}"`, { f: 'x' }, 'maybe'],
      [`f < "${ENDLESS.slice(0, 2_000)}"`, { f: 'x' }, 'maybe'],
      [`f CONTAINS "${ENDLESS}"`, { f: 'x' }, 'maybe'],
      [`f STARTS WITH "${ENDLESS}"`, { f: 'x' }, 'maybe'],
      [`f < "${ENDLESS}"`, {}, 'never'],
    ],
  },
  {
    name: 'keyword with a normalizer',
    makings: [
      mapped(
        { type: 'keyword', normalizer: 'lower' },
        { settings: { analysis: { normalizer: { lower: { type: 'custom', filter: ['lowercase'] } } } } },
      ),
    ],
    rows: [
      ['f == "DE"', { f: 'de' }, 'maybe'],
      ['f == "DE"', { f: 'FR' }, 'never'],
      ['f > "a"', { f: 'A' }, 'maybe'],
      ['f STARTS WITH "A"', { f: 'b' }, 'maybe'],
      ['f EXISTS', { f: 'a' }, 'surely'],
    ],
  },
  {
    name: 'keyword with a null_value',
    makings: [mapped({ type: 'keyword', null_value: 'NULL' })],
    rows: [
      ['f == "NULL"', { f: null }, 'maybe'],
      ['f == "NULL"', { f: 'NULL' }, 'maybe'],
      ['f == "DE"', { f: 'DE' }, 'surely'],
      ['f > "A"', { f: null }, 'maybe'],
      ['f EXISTS', { f: null }, 'surely'],
      ['f IS NOT NULL', { f: null }, 'maybe'],
      ['f IS NULL', { f: null }, 'maybe'],
      ['f EMPTY', { f: null }, 'maybe'],
      ['f EMPTY', { f: 'a' }, 'never'],
    ],
  },
  {
    name: 'keyword that is not indexed',
    makings: [mapped({ type: 'keyword', index: false, doc_values: false })],
    rows: [
      ['f == "DE"', { f: 'DE' }, 'maybe'],
      ['f EXISTS', { f: 'DE' }, 'maybe'],
      ['f EMPTY', { f: 'DE' }, 'maybe'],
    ],
  },
  {
    name: 'keyword without doc values',
    makings: [mapped({ type: 'keyword', doc_values: false })],
    rows: [
      ['f == "DE"', { f: 'DE' }, 'surely'],
      ['f EXISTS', { f: 'DE' }, 'surely'],
    ],
  },
  {
    name: 'text',
    makings: [mapped({ type: 'text' })],
    rows: [
      ['f == "New York"', { f: 'New York' }, 'maybe'],
      ['f == "New York"', { f: 'new-york' }, 'maybe'],
      ['f == "New York"', { f: 'York' }, 'never'],
      ['f == "!"', { f: '!' }, 'maybe'],
      ['f CONTAINS "ew"', { f: 'New York' }, 'maybe'],
      ['f > "a"', { f: '!' }, 'maybe'],
      ['f > "a"', {}, 'never'],
      ['f EXISTS', { f: '' }, 'surely'],
      ['f EMPTY', { f: '' }, 'maybe'],
    ],
  },
  {
    name: 'text with a keyword',
    makings: [mapped({ type: 'text', fields: { raw: { type: 'keyword', ignore_above: 12 } } })],
    rows: [
      ['f == "New York"', { f: 'New York' }, 'surely'],
      ['f == "New York"', { f: 'new york' }, 'never'],
      ['f != "New York"', { f: LONG }, 'surely'],
      ['f CONTAINS "ew"', { f: 'New York' }, 'maybe'],
      ['f CONTAINS "ew"', { f: LONG }, 'maybe'],
      ['f.raw == "x"', { f: 'x' }, 'never'],
    ],
  },
  {
    name: 'long',
    makings: [mapped({ type: 'long' })],
    rows: [
      ['f > 10', { f: 11 }, 'maybe'],
      ['f > 10', { f: 10.7 }, 'maybe'],
      ['f > 10', { f: '11' }, 'maybe'],
      ['f > 10', { f: 9.9 }, 'never'],
      ['f > 10', { f: null }, 'never'],
      ['f == 10', { f: 10.7 }, 'maybe'],
      ['f < 0', { f: -0.5 }, 'maybe'],
      ['f >= 9007199254740992', '{"f":9007199254740993}', 'maybe'],
      ['f == 9007199254740992', '{"f":9007199254740993}', 'maybe'],
      ['f > 1e30', { f: 11 }, 'never'],
      ['f < 1e30', { f: 11 }, 'maybe'],
      ['NOT f > 10', { f: 9 }, 'surely'],
      ['NOT f > 10', { f: 11 }, 'maybe'],
      ['f == "11"', { f: '11' }, 'maybe'],
      ['f == ""', { f: '' }, 'maybe'],
      ['f == TRUE', { f: 1 }, 'never'],
      ['f == TRUE', { f: true }, 'refused'],
      ['f EXISTS', { f: 1 }, 'surely'],
      ['f EMPTY', { f: 1 }, 'never'],
      ['f EMPTY', { f: '' }, 'maybe'],
    ],
  },
  {
    name: 'integer that does not coerce',
    makings: [mapped({ type: 'integer', coerce: false })],
    rows: [
      ['f > 10', { f: 11 }, 'surely'],
      ['f > 10', { f: 10 }, 'never'],
      ['f > 10', { f: 10.7 }, 'refused'],
      ['f == 10', { f: '10' }, 'refused'],
      ['f == 10', { f: [9, 10] }, 'surely'],
      ['f == "10"', { f: 10 }, 'never'],
      ['f BETWEEN 1.5 AND 2.5', { f: 2 }, 'surely'],
      ['f < 1e30', { f: 2 }, 'surely'],
    ],
  },
  {
    name: 'short that ignores what is malformed',
    makings: [mapped({ type: 'short', coerce: false, ignore_malformed: true })],
    rows: [
      ['f > 10', { f: 11 }, 'surely'],
      ['f > 10', { f: 100_000 }, 'maybe'],
      ['f == "eleven"', { f: 'eleven' }, 'maybe'],
      ['f == TRUE', { f: true }, 'maybe'],
      ['f == 10', { f: ['x', 10] }, 'surely'],
    ],
  },
  {
    name: 'double that does not coerce',
    makings: [mapped({ type: 'double', coerce: false })],
    rows: [
      ['f == 0.1', { f: 0.1 }, 'surely'],
      ['f > 0.1', { f: 0.1 }, 'never'],
      ['f >= 0', '{"f":-0.0}', 'surely'],
      ['f < 0', '{"f":-0.0}', 'never'],
      ['f > 1e300', { f: 1e301 }, 'surely'],
      ['f > 1.7976931348623157e308', { f: Number.MAX_VALUE }, 'never'],
    ],
  },
  {
    name: 'float that does not coerce',
    makings: [mapped({ type: 'float', coerce: false })],
    rows: [
      ['f == 0.1', { f: 0.1 }, 'maybe'],
      ['f > 0.1', { f: 0.1 }, 'maybe'],
      ['f > 0.1', { f: 0.11 }, 'surely'],
      ['f > 0.1', { f: 0.09 }, 'never'],
      ['f == 16777216', { f: 16777217 }, 'maybe'],
      ['f > 1e39', { f: 3.4028234663852886e38 }, 'never'],
      ['f != 1e39', { f: 3.4028234663852886e38 }, 'surely'],
      ['f >= -1e39', { f: -3.4028234663852886e38 }, 'surely'],
    ],
  },
  {
    name: 'half_float that does not coerce',
    makings: [mapped({ type: 'half_float', coerce: false })],
    rows: [
      ['f > 1000', { f: 1000.1 }, 'maybe'],
      ['f > 1000', { f: 1010 }, 'surely'],
      ['f > 1000', { f: 990 }, 'never'],
      ['f < 100000', { f: 1 }, 'surely'],
      ['f > 65504', { f: 65504 }, 'maybe'],
      ['f != 70000', { f: 65504 }, 'surely'],
      ['f > 1', { f: 65519 }, 'surely'],
    ],
  },
  {
    name: 'boolean',
    makings: [mapped({ type: 'boolean' })],
    rows: [
      ['f == TRUE', { f: true }, 'maybe'],
      ['f == TRUE', { f: 'true' }, 'maybe'],
      ['f == TRUE', { f: false }, 'never'],
      ['f == "true"', { f: 'true' }, 'maybe'],
      ['f == ""', { f: '' }, 'maybe'],
      ['f == "yes"', { f: true }, 'never'],
      ['f == 1', { f: true }, 'never'],
      ['f == 1', { f: 1 }, 'refused'],
      ['f EMPTY', { f: '' }, 'maybe'],
      ['f EMPTY', { f: true }, 'never'],
    ],
  },
  {
    name: 'a declared date field',
    makings: [
      {
        mappings: {
          properties: {
            born: { type: 'date', format: 'yyyy-MM-dd HH:mm:ss||strict_date_optional_time ||epoch_millis' },
          },
        },
      },
    ],
    rows: [
      ['born > now.offset("-1d")', { born: '2026-01-15' }, 'maybe'],
      ['born > now.offset("-1d")', { born: '2026-01-15 00:00:00' }, 'maybe'],
      ['born > now.offset("-1d")', { born: SLOT }, 'maybe'],
      ['born > now.offset("-1d")', { born: '2026-01-13T22:00:00+05:30' }, 'never'],
      ['born > "2026-01-14"', { born: '2026-02' }, 'maybe'],
      ['born < "1980-01-01"', { born: '2026-01-15' }, 'never'],
      ['born < "1980-01-01"', { born: 2026 }, 'maybe'],
      ['born > "1960-01-01"', { born: -2026 }, 'maybe'],
      ['born > "1970-01-01"', { born: 1000 }, 'maybe'],
      ['born > "0000-01-01T00:00:00.001+05:30"', { born: '1960-01-01' }, 'maybe'],
      ['born < "0000-01-01"', { born: '0000-01-01' }, 'maybe'],
      ['born == "2026-01-15"', { born: SLOT + 0.5 }, 'maybe'],
      ['born > 5', { born: 10 }, 'never'],
      ['born CONTAINS "-01"', { born: '2026-01-15' }, 'maybe'],
      ['born > "2026-01-14"', { born: '' }, 'refused'],
      ['datetime(profile@born) > "2026-01-14"', { born: '2026-01-15' }, 'maybe'],
      ['datetime(profile@born) > "2026-01-14"', { born: '2026-01-13' }, 'never'],
      ['born EXISTS', { born: '2026-01-15' }, 'surely'],
    ],
  },
  {
    name: 'a declared date field of numbers',
    makings: [{ mappings: { properties: { born: { type: 'double', coerce: false } } } }],
    rows: [
      ['born > "2026-01-14"', { born: SLOT }, 'surely'],
      ['born > "2026-01-14"', { born: 9_007_199_254_740_992 }, 'never'],
    ],
  },
  {
    name: 'a date that is not declared',
    makings: [mapped({ type: 'date' })],
    rows: [
      ['f > now()', { f: '2026-02-01' }, 'maybe'],
      ['f > now()', { f: SLOT + 1000 }, 'maybe'],
      ['f > now()', { f: '2026-01-01' }, 'never'],
      ['f > "2026"', { f: '2027-01-01' }, 'maybe'],
      ['f == "2026-01-01"', { f: '2026-01-01T00:00' }, 'maybe'],
      ['f == "2026-01-01"', { f: '2026-01-02' }, 'never'],
      ['f == "0000-01-01T00:00:00.001+05:30"', { f: '0000-01-01T00:00:00.001+05:30' }, 'maybe'],
      ['f > 5', { f: 10 }, 'maybe'],
      ['f == TRUE', { f: 10 }, 'never'],
    ],
  },
  {
    name: 'a date whose format reads dates differently',
    makings: [mapped({ type: 'date', format: 'yyyy-dd-MM' })],
    rows: [['f > now()', { f: '2026-02-01' }, 'maybe']],
  },
  {
    name: 'flattened',
    makings: [mapped({ type: 'flattened' })],
    rows: [
      ['f.a == "x"', { f: { a: 'x' } }, 'maybe'],
      ['f["a.b"] == "x"', { f: { 'a.b': 'x' } }, 'maybe'],
      ['f.a == "x"', { f: { a: 'y' } }, 'never'],
      ['f.a != "x"', { f: { a: 'y' } }, 'surely'],
      ['f.a > 10', { f: { a: 9 } }, 'maybe'],
      ['f.a > 10', { f: { a: 11 } }, 'maybe'],
      ['f.a > 10', { f: { a: 'eleven' } }, 'never'],
      ['f.a > "b"', { f: { a: 'c' } }, 'maybe'],
      ['f.a > "b"', { f: { a: 'a' } }, 'never'],
      ['f.a CONTAINS "b"', { f: { a: ['b'] } }, 'maybe'],
      ['f.a STARTS WITH "b"', { f: { a: 'ab' } }, 'never'],
      ['f.a EXISTS', { f: { b: 1 } }, 'maybe'],
      ['f == "x"', { f: { a: 'x' } }, 'never'],
      ['f == "x"', { f: 'x' }, 'refused'],
    ],
  },
  {
    name: 'half an emoji, and a key with a dot before a flattened field, as version 8 takes them',
    since: [8, 0],
    makings: [{ mappings: { properties: { f: { type: 'keyword' }, g: { type: 'flattened' } } } }],
    rows: [
      ['f == "what?"', '{"f":"what\\ud83d"}', 'maybe'],
      ['f > "a"', '{"f":"\\ud83d"}', 'maybe'],
      ['f < "a"', '{"f":"\\ud83d"}', 'maybe'],
      ['g.a == "x"', { 'g.a': 'x' }, 'maybe'],
    ],
  },
  {
    name: 'flattened, whose values have no type that writers could keep to',
    makings: [mapped({ type: 'flattened' })],
    plainDocuments: true,
    rows: [
      ['f.a == "x"', { f: { a: 'x' } }, 'surely'],
      ['f.a == "x"', { f: { a: 'y' } }, 'never'],
      ['f.a > 10', { f: { a: 11 } }, 'maybe'],
      ['f.a > 10', { f: { a: 'eleven' } }, 'never'],
      ['f.a == "7"', { f: { a: 7 } }, 'maybe'],
      ['f.a == TRUE', { f: { a: true } }, 'maybe'],
    ],
  },
  {
    name: 'flattened with ignore_above',
    makings: [mapped({ type: 'flattened', ignore_above: 12 })],
    rows: [
      ['f.a == "x"', { f: { a: LONG } }, 'never'],
      ['f.a > "b"', { f: { a: LONG } }, 'maybe'],
      ['f.a > 10', {}, 'maybe'],
    ],
  },
  {
    name: 'nested',
    makings: [
      mapped({
        type: 'nested',
        properties: { a: { type: 'keyword', ignore_above: 12 }, n: { type: 'long' } },
      }),
    ],
    plainDocuments: true,
    rows: [
      ['f.a == "x"', { f: [{ a: 'y' }, { a: 'x' }] }, 'surely'],
      ['f.a == "x"', { f: [{ a: 'y' }] }, 'never'],
      ['f.a > "b"', { f: [{ a: 'b' }, { a: LONG }] }, 'maybe'],
      ['f.n > 10', { f: [{ n: 1 }, { n: 11 }] }, 'surely'],
      ['f.n NOT EXISTS', { f: [{ n: 1 }, { a: 'x' }] }, 'never'],
      ['f.n IS NULL', { f: [{ n: 1 }, { n: null }] }, 'maybe'],
      ['f == "x"', { f: [{ a: 'x' }] }, 'never'],
    ],
  },
  {
    name: 'nested in nested',
    makings: [
      mapped({
        type: 'nested',
        properties: {
          a: { type: 'keyword', ignore_above: 12 },
          g: { type: 'nested', properties: { a: { type: 'keyword', ignore_above: 12 } } },
        },
      }),
    ],
    plainDocuments: true,
    rows: [
      ['f.g.a == "x"', { f: [{ a: 'y', g: [{ a: 'z' }, { a: 'x' }] }] }, 'surely'],
      ['f.g.a == "x"', { f: [{ a: 'x', g: { a: 'y' } }] }, 'never'],
      ['f.g.a > "b"', { f: { g: { a: LONG } } }, 'maybe'],
      ['f.g.a != "x"', { f: { a: 'x' } }, 'surely'],
    ],
  },
  {
    name: 'a key of the store itself',
    makings: [{ mappings: { properties: { bucket: { type: 'integer', coerce: false } } } }],
    rows: [
      ['bucket == 1', {}, 'never'],
      ['bucket EXISTS', {}, 'never'],
      ['bucket EMPTY', {}, 'surely'],
    ],
  },
  {
    name: 'an object',
    makings: [mapped({ properties: { a: { type: 'keyword' } } })],
    rows: [
      ['f.a == "x"', { f: { a: 'x' } }, 'maybe'],
      ['f.a == "x"', { 'f.a': 'x' }, 'maybe'],
      ['f.a != "x"', { f: { a: 'y' } }, 'surely'],
      ['profile@["f.a"] == "x"', { 'f.a': 'x' }, 'maybe'],
      ['f EXISTS', { f: { a: 'x' } }, 'maybe'],
      ['f EMPTY', { f: { a: 'x' } }, 'maybe'],
      ['f == "x"', { f: { a: 'x' } }, 'never'],
      ['f == "x"', { f: 'x' }, 'refused'],
    ],
  },
  {
    name: 'an object whose writers keep to the mapping',
    makings: [
      mapped({ properties: { a: { type: 'keyword' }, n: { type: 'long' }, b: { type: 'boolean' } } }),
    ],
    plainDocuments: true,
    rows: [
      ['f.a == "x"', { f: [{ a: 'x' }] }, 'surely'],
      ['f.n > 10', { f: { n: 11 } }, 'surely'],
      ['f.n > 10', { f: { n: 10 } }, 'never'],
      ['f.b == TRUE', { f: { b: true } }, 'surely'],
      ['f.a == "7"', { f: { a: '7' } }, 'surely'],
      ['f.a == 7', { f: { a: '7' } }, 'never'],
      ['f.n NOT EXISTS', { f: { n: 1 } }, 'never'],
      ['f.a IS NULL', { f: [{ a: null }, { a: 'x' }] }, 'maybe'],
    ],
  },
  {
    name: 'an object that is not enabled',
    makings: [mapped({ type: 'object', enabled: false })],
    rows: [
      ['f.a == "x"', { f: { a: 'x' } }, 'maybe'],
      ['f == "x"', { f: 'x' }, 'maybe'],
    ],
  },
  {
    name: 'dynamic: true',
    makings: [{ mappings: { properties: { g: { type: 'keyword' } } } }],
    rows: [
      ['h == "x"', { g: 'x' }, 'never'],
      ['h EXISTS', { h: null }, 'maybe'],
      ['h IS NOT NULL', { h: {} }, 'maybe'],
      ['h != "x"', { g: 'x' }, 'surely'],
    ],
  },
  {
    name: 'dynamic: strict',
    makings: [{ mappings: { dynamic: 'strict', properties: { g: { type: 'keyword' } } } }],
    rows: [
      ['f == "x"', { g: 'x' }, 'never'],
      ['f EXISTS', { g: 'x' }, 'never'],
      ['f EMPTY', { g: 'x' }, 'surely'],
      ['f IS NOT NULL', { g: 'x' }, 'never'],
      ['f EXISTS', { f: null }, 'refused'],
      ['f EXISTS', { f: [] }, 'refused'],
    ],
  },
  {
    name: 'dynamic: false',
    makings: [{ mappings: { dynamic: false, properties: { g: { type: 'keyword' } } } }],
    rows: [
      ['f == "x"', { f: 'x' }, 'maybe'],
      ['g == "x"', { g: 'x' }, 'surely'],
    ],
  },
  {
    name: 'a field with copies of another',
    makings: [{ mappings: { properties: { g: { type: 'keyword', copy_to: 'f' }, f: { type: 'keyword' } } } }],
    rows: [
      ['f == "x"', { g: 'x' }, 'maybe'],
      ['f == "x"', { f: 'x' }, 'maybe'],
      ['f == "x"', { f: 'y' }, 'never'],
      ['f EXISTS', { g: 'x' }, 'maybe'],
      ['g == "x"', { g: 'x' }, 'surely'],
    ],
  },
  {
    name: 'an alias field',
    makings: [{ mappings: { properties: { f: { type: 'alias', path: 'g' }, g: { type: 'keyword' } } } }],
    rows: [['f == "x"', { g: 'x' }, 'maybe']],
  },
  {
    name: 'two indices, one that takes shorter texts',
    makings: [mapped({ type: 'keyword' }), mapped({ type: 'keyword', ignore_above: 12 })],
    rows: [
      ['f > "a"', { f: 'b' }, 'surely'],
      ['f > "a"', { f: LONG }, 'surely or maybe'],
    ],
  },
  {
    name: 'two indices that map it differently',
    makings: [mapped({ type: 'keyword' }), mapped({ type: 'long' })],
    rows: [['f > 10', { f: 11 }, 'maybe']],
  },
  {
    name: 'two indices, one with an object where the other has a text with a keyword of its own',
    makings: [
      mapped({ properties: { raw: { type: 'keyword' } } }),
      mapped({ type: 'text', fields: { raw: { type: 'keyword' } } }),
    ],
    plainDocuments: true,
    rows: [
      ['f.raw == "x"', { f: 'x' }, 'maybe'],
      ['f.raw != "x"', { f: 'x' }, 'maybe'],
      ['f.raw EMPTY', { f: 'x' }, 'maybe'],
      ['f.raw == "x"', { f: { raw: 'x' } }, 'maybe'],
    ],
  },
  {
    name: 'two indices, one without it',
    makings: [mapped({ type: 'keyword' }), { mappings: { dynamic: 'strict', properties: {} } }],
    rows: [
      ['f == "x"', { f: 'x' }, 'surely'],
      ['f == "x"', {}, 'never'],
    ],
  },
  {
    name: 'the membership',
    since: [7, 17],
    makings: [{ mappings: { properties: { segments: { type: 'keyword', ignore_above: 12 } } } }],
    rows: [
      ['segments CONTAINS "gold"', { segments: ['gold'] }, 'surely'],
      ['segments CONTAINS "gold"', { segments: ['golden'] }, 'never'],
      ['segments CONTAINS "7"', { segments: ['7'] }, 'surely'],
      [`segments CONTAINS "${LONG}"`, { segments: [LONG] }, 'maybe'],
      ['segments STARTS WITH "gold"', { segments: ['a', 'gold'] }, 'maybe'],
      ['segments EMPTY', { segments: [] }, 'surely'],
      ['segments EMPTY', { segments: [LONG] }, 'never'],
      ['segments EXISTS', {}, 'surely'],
      ['segments IS NULL', {}, 'never'],
    ],
  },
  {
    name: 'the membership with a null_value',
    makings: [{ mappings: { properties: { segments: { type: 'keyword', null_value: 'NULL' } } } }],
    rows: [
      ['segments EMPTY', { segments: null }, 'maybe'],
      ['segments EMPTY', { segments: ['gold'] }, 'maybe'],
      ['segments CONTAINS "NULL"', { segments: null }, 'maybe'],
      ['segments CONTAINS "gold"', { segments: ['gold'] }, 'surely'],
      ['segments EXISTS', { segments: null }, 'surely'],
    ],
  },
];

/** A path at the head of a condition is one of the profile. */
function conditionOf(text: string): ReturnType<typeof aCondition> {
  return aCondition(
    text
      .replace(/^(NOT )?(?=[a-z]+(\.|\[| ))(?!profile)/, '$1profile@')
      .replace(/^(lowercase)\((?!profile)/, '$1(profile@'),
  );
}

function evaluated(document: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return { ...document, segments: document['segments'] ?? [] };
}

describeWithElastic('what a mapping surely indexes', () => {
  const client = elasticClient();
  describe.each(TABLE.filter(knownToElastic))('$name', ({ makings, plainDocuments, rows }) => {
    test('bounds each condition so', async () => {
      const documents = rows.map(([, document]) => document);
      // Each document into every index, so that the weakest decides.
      const copies = makings.flatMap((_, copy) =>
        documents.map((document, row) => ({ document, row, copy })),
      );
      const index = await makeBracketedIndex(
        client,
        makings,
        copies.toSorted((a, b) => a.row - b.row || a.copy - b.copy).map(({ document }) => document),
        { plainDocuments },
      );
      const conditions = rows.map(([text]) => conditionOf(text));

      const bounds = await index.boundsOf(conditions, OPTIONS);

      const found = rows.map(([text, document], row) => {
        const ids = makings
          .map((_, copy) => String(row * makings.length + copy))
          .filter((id) => index.taken.has(id));
        const { lower, upper } = bounds[row]!;
        const verdicts = ids.map((id) => (lower.has(id) ? 'surely' : upper.has(id) ? 'maybe' : 'never'));
        return [text, document, ids.length === 0 ? 'refused' : [...new Set(verdicts)].join(' or ')];
      });
      expect(found).toEqual(rows);
      rows.forEach(([text, , verdict], row) => {
        const document = index.taken.get(String(row * makings.length));
        if (document === undefined || verdict === 'maybe') return;
        const match = compileCondition(conditions[row]!, OPTIONS)(
          { profile: evaluated(document) },
          { mismatches: 0 },
        );
        expect([text, match]).toEqual([text, verdict.startsWith('surely')]);
      });
    });
  });
});
