import { z } from 'zod';
import { Segment } from './segment.ts';

/** The JSON Schema of a definition file as its author writes it, formatted as it stands in the repository. */
export function segmentJsonSchema(): string {
  const schema = z.toJSONSchema(Segment, { io: 'input' });
  return `${JSON.stringify({ title: 'Strata segment', ...schema }, null, 2)}\n`;
}
