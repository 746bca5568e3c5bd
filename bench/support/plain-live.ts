/**
 * The same work without Temporal: one process, one loop over the ranges, the same store and evaluator. Started
 * by bench/live-embedded.ts with a data folder, a number of segments and a slot; prints one JSON line.
 */
import { setFlagsFromString } from 'node:v8';
import { createPageEvaluator } from '../../src/activities/page-evaluator.ts';
import { bracketRulesOf } from '../../src/activities/runnable.ts';
import { readConfig } from '../../src/config.ts';
import { batchCandidates } from '../../src/domain/batches.ts';
import { toDateFields } from '../../src/domain/condition/fields.ts';
import { checkDefinitions } from '../../src/domain/definition-set.ts';
import { EMPTY_TALLY, TallyCounter } from '../../src/domain/tally.ts';
import { openStores } from '../../src/workers/open-stores.ts';
import { COLLECT_EARLY } from '../../src/workers/runtime.ts';
import { benchDefinitions } from './definitions.ts';

// The worker's setting: what it costs is not Temporal's.
setFlagsFromString(COLLECT_EARLY);

const [data = '', environment = '', segments = '1', slot = ''] = process.argv.slice(2);
const config = readConfig({ STRATA_DATA: data, STRATA_ENV: environment });
const stores = await openStores(config);
const { definitions } = checkDefinitions(benchDefinitions(Number(segments)));
const ids = definitions.map(({ segment }) => segment.id);

const started = performance.now();
const now = Date.parse(slot);
const runId = `plain/${slot}`;
const scan = stores.profiles.openScan({
  runId,
  scan: 'conditions',
  now,
  reach: { kind: 'bracketed', rules: bracketRulesOf(definitions) },
});
const evaluator = createPageEvaluator({ definitions, retired: [] }, 'conditions', {
  now,
  dateFields: toDateFields(config.STRATA_DATE_FIELDS),
  segmentsField: config.SEGMENTS_FIELD,
});
const counter = new TallyCounter(EMPTY_TALLY);
const { ranges, profiles } = await scan.plan({ batchCandidates, maxBatches: 10_000 });
let changed = 0;
for (const range of ranges) {
  let page = await scan.readPage(range, null);
  for (;;) {
    const ahead = page.next === null ? null : scan.readPage(range, page.next);
    const { changes } = evaluator.evaluate(page.met, counter);
    if (changes.length > 0) {
      const outcome = await stores.profiles.writeChanges({
        runId,
        scan: 'conditions',
        batch: 0,
        segments: ids,
        slot,
        force: false,
        changes: changes.map(({ change }) => change),
      });
      if (outcome.kind === 'written') changed += outcome.written;
    }
    if (ahead === null) break;
    page = await ahead;
  }
}
const members = await stores.profiles.countMembers(ids.map((id) => [id]));
const seconds = (performance.now() - started) / 1000;
await stores.close();
console.log(
  JSON.stringify({ seconds, changed, profiles, members: members.reduce((sum, count) => sum + count, 0) }),
);
