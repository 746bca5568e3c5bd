import { z } from 'zod';
import { cronProblem } from './cron.ts';
import { queryProblem } from './query-string.ts';
import { contradictions } from './segment-contradictions.ts';
import { isTimeZone } from './zones.ts';

/** What is written into a profile: 1..64 bytes of any text, as existing installations have them. */
export const Value = z
  .string()
  .min(1)
  .refine((text) => new TextEncoder().encode(text).length <= 64, 'is longer than 64 bytes')
  .refine((text) => !/\p{Surrogate}/u.test(text), 'has half of a surrogate pair, which no store can keep');

export const SegmentId = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9-]{0,62}$/,
    'must be 1 to 63 of a-z, 0-9 and "-", and start with a letter or digit',
  );

const Zone = z.string().refine(isTimeZone, 'is not an IANA time zone such as "Asia/Kolkata"');

/** YAML reads `50` or `9:00` as something else than text: the one message then is the one about the format. */
function formatted(format: RegExp, error: string): z.ZodString {
  return z.string({ error }).regex(format, error);
}

/** `15m`, `1h`, `2d`: a Temporal interval, counted from the epoch. */
const Every = formatted(
  /^[1-9]\d{0,3}(m|h|d)$/,
  'must be a number of minutes, hours or days such as "15m", "1h", "1d"',
);

const TimeOfDay = formatted(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day such as "09:00"');

/** A share of the members before the run, as `50%`; kept as a fraction. */
const Percent = formatted(/^\d{1,6}(\.\d+)?%$/, 'must be a percentage such as "50%"').transform(
  (text) => Number(text.slice(0, -1)) / 100,
);

const Condition = z.string().min(1);

const Query = z
  .string()
  .min(1)
  .superRefine((text, context) => {
    const problem = queryProblem(text);
    if (problem !== null) context.addIssue({ code: 'custom', message: problem });
  });

const Action = z.union(
  [
    z.strictObject({ add: Value }),
    z.strictObject({ remove: Value }),
    z.strictObject({ move: z.strictObject({ from: Value, to: Value }) }),
  ],
  {
    error:
      'must be one of { add: VALUE }, { remove: VALUE }, { move: { from: VALUE, to: VALUE } }, and VALUE a text of 1 to 64 bytes',
  },
);
export type Action = z.output<typeof Action>;

export const WorkflowDefinition = z.strictObject({
  filter: Condition.optional(),
  steps: z
    .array(
      z.strictObject({
        when: Condition.optional(),
        then: z.array(Action).default([]),
        else: z.array(Action).default([]),
      }),
    )
    .min(1),
});
export type WorkflowDefinition = z.output<typeof WorkflowDefinition>;

/** 1 comes first. */
export const DEFAULT_PRIORITY = 3;

const common = {
  id: SegmentId,
  name: z.string().optional(),
  description: z.string().optional(),
  enabled: z.boolean().default(true),
  owner: z.string().min(1).max(63).optional(),
  labels: z.record(z.string(), z.string()).optional(),
  priority: z
    .int()
    .min(1)
    .max(5)
    .default(DEFAULT_PRIORITY)
    .describe(
      'Orders the refreshes of static and dynamic segments, 1 first; it changes nothing for live segments, and nothing yet in this version',
    ),
  renamedFrom: SegmentId.optional(),
};

const recurrence = {
  every: Every.optional(),
  cron: z
    .string()
    .superRefine((text, context) => {
      const problem = cronProblem(text);
      if (problem !== null) context.addIssue({ code: 'custom', message: problem });
    })
    .optional(),
  slots: z.array(TimeOfDay).min(1).optional(),
  timezone: Zone.default('UTC'),
};

const limits = {
  /** Nothing loses more than all of its members. */
  maxShrink: Percent.refine((share) => share <= 1, 'must be 0% to 100%').optional(),
  maxGrowth: Percent.optional(),
  allowEmpty: z.boolean().optional(),
};

const warehouseLimits = {
  ...limits,
  maxRows: z.int().min(1).optional(),
  maxRefused: z.int().min(0).optional(),
};

const warehouse = {
  sql: z.string().min(1).optional(),
  condition: Condition.optional(),
  idColumn: z.string().optional(),
  idField: z.string().optional(),
  ...warehouseLimits,
};

const LiveSegment = z.strictObject({
  kind: z.literal('live'),
  ...common,
  condition: Condition.optional(),
  workflow: WorkflowDefinition.optional(),
  /** A Tracardi flow file, relative to this file. */
  flow: z.string().min(1).optional(),
  /** What a flow may add from fields, which it cannot be seen to write. */
  values: z.array(Value).min(1).optional(),
  query: Query.optional(),
  /** `sync` enters and leaves, `add` never removes. */
  mode: z.enum(['sync', 'add']).default('sync'),
  value: Value.optional(),
  /** Several workflows may write one value when each says so; they act in `order`. */
  shared: z.boolean().default(false),
  order: z.int().default(0),
  ...recurrence,
  ...limits,
});
export type LiveSegment = z.output<typeof LiveSegment>;

const StaticSegment = z.strictObject({
  kind: z.literal('static'),
  ...common,
  /** Runs once, at this instant. */
  at: z.iso.datetime({ offset: true, error: 'must be an instant such as 2026-11-08T09:00:00+05:30' }),
  timezone: Zone.default('UTC'),
  ...warehouse,
});

const DynamicSegment = z.strictObject({
  kind: z.literal('dynamic'),
  ...common,
  slots: z.array(TimeOfDay).min(1).default(['09:00', '18:00']),
  timezone: Zone.default('UTC'),
  ...warehouse,
});

const OrderCount = z.strictObject({ gte: z.int().min(0).optional(), lte: z.int().min(0).optional() });

const ProxySegment = z.strictObject({
  kind: z.literal('proxy'),
  ...common,
  tag: z.enum(['new-user', 'old-user', 'order-count']),
  orders: OrderCount.optional(),
});

/** One definition file. The same shape goes through the API. */
export const Segment = z
  .discriminatedUnion('kind', [LiveSegment, StaticSegment, DynamicSegment, ProxySegment])
  .superRefine((segment, context) => {
    for (const { path, message } of contradictions(segment))
      context.addIssue({ code: 'custom', path: [...path], message });
  });
export type Segment = z.output<typeof Segment>;
