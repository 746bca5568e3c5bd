import type { EvaluationOptions, Tally } from '../domain/condition/evaluate.ts';
import type { Definition } from '../domain/definition.ts';
import { runWorkflows } from '../domain/flow/workflow-rule.ts';
import { createConditionDiff, toChange, type Difference } from '../domain/membership.ts';
import type { ProfileChange, SetAsideProfile, StoredProfile } from '../domain/profile.ts';
import { createRetirement } from '../domain/retire.ts';
import type { SampleChange, ScanKind } from '../domain/run.ts';
import type { TallyCounter } from '../domain/tally.ts';
import { retireRulesOf, type Due } from './due.ts';
import { conditionRulesOf, workflowRulesOf } from './runnable.ts';

export interface PageEvaluator {
  /** Evaluates profiles and counts what it found; a profile that throws is set aside, never the page. */
  evaluate(profiles: readonly StoredProfile[], counter: TallyCounter): EvaluatedPage;
}

export interface EvaluatedPage {
  readonly changes: readonly ProfileChange[];
  readonly setAside: readonly SetAsideProfile[];
}

interface Evaluation {
  /** null: the profile stays as it is. */
  readonly change: ProfileChange | null;
  /** Who made which part of it, by segment id. */
  bySegment(): readonly (readonly [string, Difference])[];
}

type Evaluate = (profile: StoredProfile) => Evaluation;

export interface PageEvaluatorOptions extends EvaluationOptions {
  readonly segmentsField: string;
  /** Keeps some of the changes in the tally, for people to look at. */
  readonly keepSample: boolean;
}

/** Compiles what one scan works on for one slot; used for all pages of a batch. */
export function createPageEvaluator(due: Due, scan: ScanKind, options: PageEvaluatorOptions): PageEvaluator {
  const { evaluate, rules } = evaluationOf(due, scan, options);

  return {
    evaluate(profiles, counter) {
      const changes: ProfileChange[] = [];
      const setAside: SetAsideProfile[] = [];
      for (const profile of profiles) {
        if (profile.settled) {
          // The attempt that changed it took its count with it, or the page would not be met again.
          counter.totals.replayed += 1;
          counter.totals.changed += 1;
          continue;
        }
        counter.totals.evaluated += 1;
        try {
          const evaluation = evaluate(profile);
          const { change } = evaluation;
          if (change === null) continue;
          changes.push(change);
          for (const [id, difference] of evaluation.bySegment()) counter.count(id, difference);
          if (options.keepSample) counter.keep(toSample(change, evaluation));
          if (!profile.candidate) counter.totals.drift += 1;
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

function toSample({ id, entered, left }: ProfileChange, evaluation: Evaluation): SampleChange {
  return { id, entered, left, segments: evaluation.bySegment().map(([segment]) => segment) };
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
    return { change: retired?.change ?? null, bySegment: () => [...(retired?.bySegment ?? [])] };
  };
  return { evaluate, rules: [] };
}

function conditionEvaluation(definitions: readonly Definition[], options: EvaluationOptions): CompiledScan {
  const rules = conditionRulesOf(definitions, options);
  const diff = createConditionDiff(rules);
  const idOf = new Map(rules.map(({ value, id }) => [value, id]));
  const evaluate: Evaluate = (profile) => {
    const { document, matchedQueries, segmentsBefore } = profile;
    const total = diff({ profile: document, matchedQueries }, segmentsBefore);
    const entered = () =>
      total.entered.map((value) => [idOf.get(value) ?? value, { entered: [value], left: [] }] as const);
    const left = () =>
      total.left.map((value) => [idOf.get(value) ?? value, { entered: [], left: [value] }] as const);
    return { change: toChange(profile, total), bySegment: () => [...entered(), ...left()] };
  };
  return { evaluate, rules };
}

function workflowEvaluation(definitions: readonly Definition[], options: PageEvaluatorOptions): CompiledScan {
  const rules = workflowRulesOf(definitions, options);
  const evaluate: Evaluate = (profile) => {
    const { total, bySegment } = runWorkflows(rules, profile.document, profile.segmentsBefore, options);
    return { change: toChange(profile, total), bySegment: () => [...bySegment] };
  };
  return { evaluate, rules };
}
