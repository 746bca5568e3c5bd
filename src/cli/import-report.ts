import type { Outcome, ReportEntry } from '../domain/tracardi/report.ts';

const ORDER: readonly Outcome[] = ['carried over', 'not carried over', 'stays in Tracardi'];

/** What became of an installation's segments: by outcome, each with what there is to know of it. */
export function reportLines(report: readonly ReportEntry[]): readonly string[] {
  return ORDER.flatMap((outcome) => {
    const entries = report.filter((each) => each.outcome === outcome);
    return entries.length === 0 ? [] : [`${outcome}: ${entries.length}`, ...entries.flatMap(entryLines)];
  });
}

function entryLines({ subject, file, notes }: ReportEntry): readonly string[] {
  return [`  ${subject}${file === null ? '' : ` → ${file}`}`, ...notes.map((note) => `    - ${note}`)];
}
