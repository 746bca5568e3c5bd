import type { EvaluationOptions, Tally } from '../domain/condition/evaluate.ts';
import type { Definition } from '../domain/definition.ts';
import { runWorkflows } from '../domain/flow/workflow-rule.ts';
import { createConditionDiff, toChange, type Difference } from '../domain/membership.ts';
import type { MetProfile, ProfileChange, SetAsideProfile, StoredProfile } from '../domain/profile.ts';
import { createRetirement } from '../domain/retire.ts';
import type { ScanKind } from '../domain/run.ts';
import type { TallyCounter } from '../domain/tally.ts';
import { idsOf, retireRulesOf, type Due } from './due.ts';
import { conditionRulesOf, workflowRulesOf } from './runnable.ts';

export interface PageEvaluator {
  /** Segments that a profile is evaluated for; one that is set aside has failed for each of them. */
  readonly ids: readonly string[];
  /**
   * Evaluates profiles and counts what it met; a change is counted by whoever writes it. A profile that throws is set
   * aside, never the page.
   */
  evaluate(met: Iterable<MetProfile>, counter: TallyCounter): EvaluatedPage;
}

export interface EvaluatedPage {
  readonly changes: readonly EvaluatedChange[];
  readonly setAside: readonly SetAsideProfile[];
}

/** Is told how many values one segment, by its id, has added to a profile and taken from it. */
export type CountPart = (id: string, entered: number, left: number) => void;

/** Not the profile's document: changes wait for their write, and thousands of documents with them would be in the way. */
export interface EvaluatedChange {
  readonly change: ProfileChange;
  /** Of the profile. */
  readonly candidate: boolean;
  /** What of the change each segment has made; a segment may come more than once. */
  readonly forEachPart: (count: CountPart) => void;
}

/** null: the profile stays as it is. */
type Evaluate = (profile: StoredProfile) => Pick<EvaluatedChange, 'change' | 'forEachPart'> | null;

export interface PageEvaluatorOptions extends EvaluationOptions {
  readonly segmentsField: string;
}

/** Compiles what one scan works on for one slot; used for all pages of a batch. */
export function createPageEvaluator(due: Due, scan: ScanKind, options: PageEvaluatorOptions): PageEvaluator {
  const { evaluate, rules } = evaluationOf(due, scan, options);

  return {
    ids: rules.map(({ id }) => id),
    evaluate(met, counter) {
      const changes: EvaluatedChange[] = [];
      const setAside: SetAsideProfile[] = [];
      for (const each of met) {
        if (each.kind === 'set aside') {
          setAside.push(each.profile);
          continue;
        }
        const { profile } = each;
        if (profile.settled) {
          // The attempt that changed it took its count with it, or the page would not be met again.
          counter.totals.replayed += 1;
          counter.totals.changed += 1;
          continue;
        }
        counter.totals.evaluated += 1;
        try {
          const evaluated = evaluate(profile);
          if (evaluated === null) continue;
          const { change, forEachPart } = evaluated;
          changes.push({ change, forEachPart, candidate: profile.candidate });
        } catch (error) {
          setAside.push({ id: profile.id, reason: error instanceof Error ? error.message : String(error) });
        }
      }
      for (const { id, tally } of rules) {
        if (tally.mismatches > 0) counter.segment(id).mismatches += tally.mismatches;
        tally.mismatches = 0;
      }
      return { changes, setAside };
    },
  };
}

interface CompiledScan {
  readonly evaluate: Evaluate;
  readonly rules: readonly { readonly id: string; readonly tally: Tally }[];
}

function evaluationOf(due: Due, scan: ScanKind, options: PageEvaluatorOptions): CompiledScan {
  if (due.retired.length > 0) return retiredEvaluation(due);
  return scan === 'conditions'
    ? conditionEvaluation(due.definitions, options)
    : workflowEvaluation(due.definitions, options);
}

function retiredEvaluation(due: Due): CompiledScan {
  const retire = createRetirement(retireRulesOf(due));
  const evaluate: Evaluate = (profile) => {
    const retired = retire(profile);
    return retired === null
      ? null
      : { change: retired.change, forEachPart: (count) => countEach(retired.bySegment, count) };
  };
  // Nothing is compared, so there are no mismatches to count.
  return { evaluate, rules: idsOf(due).map((id) => ({ id, tally: { mismatches: 0 } })) };
}

function conditionEvaluation(definitions: readonly Definition[], options: EvaluationOptions): CompiledScan {
  const rules = conditionRulesOf(definitions, options);
  const diff = createConditionDiff(rules);
  const idOf = new Map(rules.map(({ value, id }) => [value, id]));
  const evaluate: Evaluate = (profile) => {
    const { document, matchedQueries, segmentsBefore } = profile;
    const total = diff({ profile: document, matchedQueries }, segmentsBefore);
    const change = toChange(profile, total);
    return change === null ? null : { change, forEachPart: (count) => countValues(change, idOf, count) };
  };
  return { evaluate, rules };
}

function countValues(
  { entered, left }: Difference,
  idOf: ReadonlyMap<string, string>,
  count: CountPart,
): void {
  for (const value of entered) count(idOf.get(value) ?? value, 1, 0);
  for (const value of left) count(idOf.get(value) ?? value, 0, 1);
}

function countEach(bySegment: ReadonlyMap<string, Difference>, count: CountPart): void {
  for (const [id, { entered, left }] of bySegment) count(id, entered.length, left.length);
}

function workflowEvaluation(definitions: readonly Definition[], options: PageEvaluatorOptions): CompiledScan {
  const rules = workflowRulesOf(definitions, options);
  const evaluate: Evaluate = (profile) => {
    const { total, bySegment } = runWorkflows(rules, profile.document, profile.segmentsBefore, options);
    const change = toChange(profile, total);
    return change === null ? null : { change, forEachPart: (count) => countEach(bySegment, count) };
  };
  return { evaluate, rules };
}
