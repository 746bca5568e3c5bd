import { z } from 'zod';

const text = z
  .string()
  .nullish()
  .transform((value) => value?.trim() ?? '');

/** Kept to the letter: it is written into profiles as it stands. */
const exactText = z
  .string()
  .nullish()
  .transform((value) => value ?? '');

const enabled = z
  .boolean()
  .nullish()
  .transform((value) => value ?? true);

/** A document of Tracardi's live-segment index. */
export const LiveSegmentRecord = z.object({
  id: z.string().min(1),
  name: text,
  description: text,
  enabled,
  /** Absent in records from before there were conditions. */
  type: z
    .string()
    .nullish()
    .transform((value) => value ?? 'workflow'),
  workflow: z.object({ id: exactText, name: text }).nullish(),
  operation: exactText,
  condition: exactText,
  segment: exactText,
});
export type LiveSegmentRecord = z.output<typeof LiveSegmentRecord>;

/** What names a document of the flow index; the flow itself is opened apart. */
export const FlowIndexRecord = z.object({
  id: z.string().min(1),
  name: text,
  type: exactText,
  production: exactText,
});
export type FlowIndexRecord = z.output<typeof FlowIndexRecord>;

/** A document of the segment index: evaluated on each event of its types, on every event when it names none. */
export const PostEventSegmentRecord = z.object({
  id: z.string().min(1),
  name: text,
  eventType: z
    .union([z.string().transform((type) => [type]), z.array(z.string())])
    .nullish()
    .transform((types) => types?.filter((type) => type !== '') ?? []),
  enabled,
});
export type PostEventSegmentRecord = z.output<typeof PostEventSegmentRecord>;

/** What it writes into profiles: its name in lower case, a dash for each blank. */
export function valueOfPostEvent({ name }: PostEventSegmentRecord): string {
  return name.replaceAll(' ', '-').toLowerCase();
}
