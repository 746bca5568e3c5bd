import type { Condition } from '../../../src/domain/condition/ast.ts';
import { compileCondition } from '../../../src/domain/condition/evaluate.ts';
import { toDateFields } from '../../../src/domain/condition/fields.ts';
import { printCondition } from '../../../src/domain/condition/print.ts';
import { SLOT } from '../../domain/condition/arbitraries.ts';
import type { BracketedIndex } from './bracketed-index.ts';

const OPTIONS = { now: SLOT, dateFields: toDateFields(['b', 'o.b']) };
/** Conditions whose bounds are asked for in one request. */
const AT_ONCE = 40;

type Document = Readonly<Record<string, unknown>>;

/** The store hands the membership over as a list, whatever the document has. */
function evaluated(document: Document): Document {
  return { ...document, segments: Array.isArray(document['segments']) ? document['segments'] : [] };
}

export interface Tightness {
  exact: number;
  bounded: number;
  full: number;
  /** Documents that the evaluator has to look at, of all that it would without brackets. */
  open: number;
  all: number;
}

/** Throws where the bounds and the evaluator disagree; tells how much the bounds leave open. */
export async function checkSoundness(
  index: BracketedIndex,
  conditions: readonly Condition[],
): Promise<Tightness> {
  const tightness: Tightness = { exact: 0, bounded: 0, full: 0, open: 0, all: 0 };
  for (let from = 0; from < conditions.length; from += AT_ONCE) {
    const some = conditions.slice(from, from + AT_ONCE);
    const bounds = await index.boundsOf(some, OPTIONS);
    some.forEach((condition, at) => {
      const { bracket, lower, upper } = bounds[at]!;
      const matches = compileCondition(condition, OPTIONS);
      tightness[bracket.reach] += 1;
      for (const [id, document] of index.taken) {
        const match = matches({ profile: evaluated(document) }, { mismatches: 0 });
        if ((lower.has(id) && !match) || (match && !upper.has(id))) {
          const found = { lower: lower.has(id), match, upper: upper.has(id) };
          throw new Error(
            `${JSON.stringify(found)} of ${printCondition(condition)} for ${JSON.stringify(document)}: ${JSON.stringify(bracket)}`,
          );
        }
        tightness.all += 1;
        if (lower.has(id) !== upper.has(id)) tightness.open += 1;
      }
    });
  }
  return tightness;
}
