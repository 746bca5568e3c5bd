/**
 * What another service does: starts a run, follows it, and asks who is in a segment.
 *
 *   npx tsx examples/refresh-and-ask.ts [SEGMENT] [PROFILE]
 *
 * Needs a running `strata up` (or `npm run worker`); TEMPORAL_ADDRESS and STRATA_API_URL say where, by
 * default on this machine.
 */
import { connectStrata, RunFailed, SegmentNotFound, TemporalUnreachable, UserError } from '../src/client.ts';

const [segment = 'big-spender', profile = 'shopper-000001'] = process.argv.slice(2);

const strata = await connectStrata({
  environment: process.env['STRATA_ENV'] ?? 'default',
  apiUrl: process.env['STRATA_API_URL'] ?? 'http://127.0.0.1:8070',
}).catch((error: unknown) => {
  if (!(error instanceof TemporalUnreachable || error instanceof UserError)) throw error;
  console.error(error.message);
  process.exit(1);
});

try {
  const run = await strata.startRun({ segmentIds: [segment] });
  console.log(`started ${run.runId}`);

  const outcome = await run.result();
  console.log(`${outcome.state}: ${outcome.changed} of ${outcome.profiles} profiles changed`);

  const membership = await strata.contains(segment, profile);
  console.log(`${profile} in ${segment}: ${membership.member} as of ${membership.asOf}`);
  console.log(`first members: ${(await strata.members(segment, { limit: 3 })).join(', ')}`);
} catch (error) {
  if (error instanceof SegmentNotFound) console.error(`no such segment: ${error.message}`);
  else if (error instanceof RunFailed) console.error(`the run failed: ${error.message}`);
  else throw error;
  process.exitCode = 1;
} finally {
  await strata.close();
}
