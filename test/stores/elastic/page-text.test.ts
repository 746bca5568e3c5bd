import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { splitAnswer } from '../../../src/stores/elastic/page-text.ts';

const REST = { took: 3, timed_out: false, _shards: { total: 1, successful: 1, skipped: 0, failed: 0 } };

function aHit(source: unknown, id = 'a') {
  return { _index: 'profiles', _id: id, _seq_no: 1, _source: source, sort: [7] };
}

function anAnswer(hits: readonly unknown[]): string {
  return JSON.stringify({ ...REST, hits: { max_score: null, hits } });
}

function hitsOf(text: string): unknown[] {
  return [...splitAnswer(text).hits];
}

test('whatever documents hold, the hits are those that a parser of the whole answer finds', () => {
  // Texts that look like the beginning and the end of a hit.
  const text = fc.oneof(fc.string(), fc.constantFrom(',{"_index":"', ']}', '"', '\\', '{"_index":"x"}'));
  const value = fc.letrec((tie) => ({
    any: fc.oneof({ depthSize: 'small' }, text, fc.double({ noNaN: true }), tie('list'), tie('object')),
    list: fc.array(tie('any'), { maxLength: 3 }),
    object: fc.dictionary(fc.oneof(fc.constant('_index'), text), tie('any'), { maxKeys: 3 }),
  })).any;
  fc.assert(
    fc.property(fc.array(value, { maxLength: 5 }), (sources) => {
      const answer = anAnswer(sources.map((source) => aHit(source)));

      const { rest, hits } = splitAnswer(answer);

      const { hits: expected } = JSON.parse(answer) as { hits: { hits: unknown[] } };
      expect([...hits]).toEqual(expected.hits);
      expect(hits.last()).toEqual(expected.hits.at(-1) ?? null);
      expect(rest).toMatchObject(REST);
    }),
  );
});

test('a hit with hits of its own in a list is one', () => {
  const nested = aHit({ cached: [aHit({ name: 'x' }, 'b'), aHit({ name: 'y' }, 'c')] });
  const answer = anAnswer([aHit({}), nested, aHit({}), nested]);

  expect(hitsOf(answer)).toEqual([aHit({}), nested, aHit({}), nested]);
  expect(splitAnswer(answer).hits.last()).toEqual(nested);
});

test('a document of thousands of hits takes no more than parsing it twice', () => {
  const nested = aHit({ cached: Array.from({ length: 20_000 }, (_, index) => aHit({ index })) });
  const parse = vi.spyOn(JSON, 'parse');

  expect(hitsOf(anAnswer([nested, aHit({})]))).toHaveLength(2);

  const parsed = parse.mock.calls.reduce((sum, [text]) => sum + text.length, 0);
  parse.mockRestore();
  expect(parsed).toBeLessThan(2.1 * anAnswer([nested, aHit({})]).length);
});

test('the hits are counted before any is parsed', () => {
  expect(splitAnswer(anAnswer([aHit({}), aHit({}), aHit({})])).hits.length).toBe(3);
  expect(splitAnswer(anAnswer([])).hits.length).toBe(0);
});

test('an answer that is written otherwise is parsed whole', () => {
  const hits = [aHit({ a: 1 }), aHit({ b: 2 })];
  const spaced = JSON.stringify({ ...REST, hits: { hits } }, null, 1);
  const more = JSON.stringify({ ...REST, hits: { hits }, aggregations: {} });

  expect(hitsOf(spaced)).toEqual(hits);
  expect(hitsOf(more)).toEqual(hits);
});

test('a hit that is broken off is an error', () => {
  const answer = anAnswer([aHit({}), aHit({})]).replace(
    '"_source":{},"sort":[7]}]',
    '"_source":{},"sort":[7}]',
  );

  expect(() => hitsOf(answer)).toThrow('a hit that is no JSON');
});
