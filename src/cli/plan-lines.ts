import type { ExplainedPlan } from '../api/operations.ts';
import { counted } from '../domain/counted.ts';
import type { PlanPart } from '../domain/condition/plan.ts';

const REACH = { exact: 'exact', bounded: 'bounded', full: 'full scan' } as const;

/** A segment's cost, and its conditions as trees that say what the index decides and why no further. */
export function planLines({ id, slot, profiles, candidates, conditions }: ExplainedPlan): readonly string[] {
  const share = profiles === 0 ? 0 : (100 * candidates) / profiles;
  return [
    `${id}: a run for ${slot} evaluates ${candidates.toLocaleString('en')} of ${counted(profiles, 'profile')} (${share.toFixed(1)} %)`,
    ...conditions.flatMap(({ where, reach, evaluates, parts }) => [
      `  ${where}: ${REACH[reach]}; evaluates ${evaluates}`,
      ...(parts.length === 0 ? ['    nothing is asked of a profile before its steps'] : parts.map(partLine)),
    ]),
  ];
}

function partLine({ depth, text, reach, reasons }: PlanPart): string {
  const why = reasons.length === 0 ? '' : ` (${reasons.join('; ')})`;
  return `    ${'  '.repeat(depth)}${text}: ${REACH[reach]}${why}`;
}
