import { Readable } from 'node:stream';
import { Hono } from 'hono';
import { z } from 'zod';
import { UserError } from '../domain/errors.ts';
import { numeric } from '../domain/numeric-text.ts';
import { valueMessage } from '../domain/value-messages.ts';
import { MAX_ROWS, type Operations, type TransactionImport } from './operations.ts';

/** How a process that serves the API introduces itself. */
export interface About {
  readonly service: 'strata';
  readonly version: string;
  readonly environment: string;
  readonly pid: number;
  readonly temporalAddress: string;
  readonly temporalNamespace: string;
  readonly temporalUi: string | null;
}

const Limit = numeric(z.number().int().min(1).max(MAX_ROWS));
const Members = z.object({ after: z.string().optional(), limit: Limit.default(100) });
const Runs = z.object({ limit: Limit.default(20) });
const Changes = z.object({
  run: z.string().optional(),
  after: z.string().optional(),
  limit: Limit.default(100),
});
const Explain = z.object({ slot: z.iso.datetime({ offset: true }).optional() });
const PauseRequest = z.strictObject({ reason: z.string().trim().min(1, 'say why the segment is paused') });
const PlanRequest = z.strictObject({
  file: z.string(),
  content: z.string(),
  flow: z
    .union([
      z.strictObject({ file: z.string(), content: z.string() }),
      z.strictObject({ file: z.string(), problem: z.string() }),
    ])
    .optional(),
});
const Import = z.object({ columns: z.string().optional() });

const STATUS: Readonly<Record<string, 400 | 404>> = {
  SegmentNotFound: 404,
  RunNotFound: 404,
  ProfileNotFound: 404,
  UserError: 400,
  InvalidSegment: 400,
};

export interface ApiParts {
  readonly operations: Operations;
  readonly importTransactions: TransactionImport;
  readonly about: About;
  readonly now: () => Date;
  /** Told of what is nobody's mistake: the caller learns the message alone. */
  readonly logFailure: (error: Error, request: string) => void;
}

/** The HTTP API: JSON in and out, errors as `{ error, message }` with the name of the typed error. */
export function createApi({ operations, importTransactions, about, now, logFailure }: ApiParts): Hono {
  const app = new Hono();
  app.get('/about', (c) => c.json(about));
  app.get('/segments', async (c) => c.json(await operations.segments()));
  app.get('/segments/:id/members', async (c) => {
    const { after, limit } = read(Members, c.req.query());
    return c.json(
      await operations.members(c.req.param('id'), { limit, ...(after === undefined ? {} : { after }) }),
    );
  });
  app.get('/segments/:id/members/:profile', async (c) =>
    c.json(await operations.contains(c.req.param('id'), c.req.param('profile'))),
  );
  app.get('/segments/:id/changes', async (c) => {
    const { run, after, limit } = read(Changes, c.req.query());
    return c.json(
      await operations.changes(c.req.param('id'), {
        limit,
        ...(run === undefined ? {} : { run }),
        ...(after === undefined ? {} : { after }),
      }),
    );
  });
  app.put('/segments/:id/pause', async (c) => {
    const body: unknown = await c.req.json().catch(() => null);
    return c.json(await operations.pauseSegment(c.req.param('id'), read(PauseRequest, body)));
  });
  app.delete('/segments/:id/pause', async (c) => c.json(await operations.resumeSegment(c.req.param('id'))));
  app.get('/segments/:id/explain/:profile', async (c) => {
    const slot = read(Explain, c.req.query()).slot ?? now().toISOString();
    return c.json(await operations.explain(c.req.param('id'), c.req.param('profile'), { slot }));
  });
  addPlans(app, operations);
  addRuns(app, operations);
  app.post('/import/transactions', async (c) => {
    const { columns } = read(Import, c.req.query());
    const { body } = c.req.raw;
    const stream = body === null ? Readable.from([]) : Readable.fromWeb(body);
    return c.json(
      await importTransactions({ stream, ...(columns === undefined ? {} : { columns: columns.split(',') }) }),
    );
  });
  app.notFound((c) => c.json({ error: 'NotFound', message: `There is nothing at ${c.req.path}.` }, 404));
  app.onError((error, c) => {
    const status = STATUS[error.name] ?? 500;
    if (status === 500) logFailure(error, `${c.req.method} ${c.req.path}`);
    return c.json({ error: error.name, message: error.message }, status);
  });
  return app;
}

function addPlans(app: Hono, operations: Operations): void {
  app.get('/segments/:id/plan', async (c) => c.json(await operations.explainPlan(c.req.param('id'))));
  app.post('/plan', async (c) => {
    const body: unknown = await c.req.json().catch(() => null);
    const { flow, ...source } = read(PlanRequest, body);
    return c.json(await operations.explainPlanOf({ ...source, ...(flow === undefined ? {} : { flow }) }));
  });
}

function addRuns(app: Hono, operations: Operations): void {
  app.get('/runnable', async (c) =>
    c.json(await operations.assertRunnable(c.req.queries('segment') ?? null)),
  );
  app.get('/runs', async (c) => c.json(await operations.runs(read(Runs, c.req.query()))));
  // A run's id has slashes: it is sent whole, as one encoded part.
  app.get('/runs/:id', async (c) => c.json(await operations.run(c.req.param('id'))));
}

/** What a caller has sent, or a UserError that says which part of it is wrong. */
function read<T>(schema: z.ZodType<T>, sent: unknown): T {
  const parsed = schema.safeParse(sent, { error: valueMessage });
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map(({ path, message }) => [...path, message].map(String).join(': '));
  throw new UserError(lines.join('; '));
}
