import type { ExplainedSegment } from '../api/operations.ts';

export function explanationLines(explained: ExplainedSegment): readonly string[] {
  return [JSON.stringify(explained, null, 2)];
}
