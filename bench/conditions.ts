/**
 * What does a condition cost per profile? Conditions of 1, 3 and 10 tests over the same profiles, against the
 * closure one would write by hand and three libraries that do the like.
 *
 *   npx tsx bench/conditions.ts [--profiles 300000] [--rounds 9] [--json]
 */
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { LogicEngine } from 'json-logic-engine';
import { Query } from 'mingo';
import siftModule from 'sift';
import { compileCondition } from '../src/domain/condition/evaluate.ts';
import { toDateFields } from '../src/domain/condition/fields.ts';
import { parseCondition } from '../src/domain/condition/parse.ts';
import { createProfiles, NOW, SUBJECTS, type Profile, type Subject } from './condition-subjects.ts';

const { values } = parseArgs({
  options: {
    profiles: { type: 'string', default: '300000' },
    rounds: { type: 'string', default: '9' },
    json: { type: 'boolean', default: false },
  },
});
const PROFILES = Number(values.profiles);
const ROUNDS = Number(values.rounds);
type Contender = (profile: Profile) => boolean;

function contendersFor(subject: Subject): Readonly<Record<string, Contender>> {
  const options = { now: NOW, dateFields: toDateFields(['metadata.time.*']) };
  const compiled = compileCondition(parseCondition(subject.condition, { sources: ['profile'] }), options);
  const tally = { mismatches: 0 };
  const engine = new LogicEngine();
  engine.addMethod('instant', (text: string) => Date.parse(text), {
    deterministic: true,
    optimizeUnary: true,
  });
  const logic = engine.build(subject.jsonLogic);
  const query = new Query(subject.mongo);
  const sifted = siftModule.default<unknown>(subject.mongo);
  return {
    'by hand': subject.byHand,
    strata: (profile) => compiled({ profile }, tally),
    'json-logic-engine': (profile) => Boolean(logic(profile)),
    sift: (profile) => sifted(profile),
    mingo: (profile) => query.test(profile),
  };
}

function count(profiles: readonly Profile[], contender: Contender): number {
  let matches = 0;
  for (const profile of profiles) if (contender(profile)) matches += 1;
  return matches;
}

interface Result {
  readonly subject: string;
  readonly contender: string;
  readonly nanosecondsPerProfile: number;
  readonly profilesPerSecond: number;
  readonly timesByHand: number;
}

function measure(subject: Subject, profiles: readonly Profile[]): readonly Result[] {
  const contenders = Object.entries(contendersFor(subject));
  for (const profile of profiles) {
    const verdicts = contenders.map(([, contender]) => contender(profile));
    if (new Set(verdicts).size > 1) {
      throw new Error(`${subject.name}: not all agree on ${JSON.stringify(profile)}: ${verdicts.join(', ')}`);
    }
  }
  const rounds = new Map<string, number[]>(contenders.map(([name]) => [name, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let turn = 0; turn < contenders.length; turn += 1) {
      const [name, contender] = contenders[(round + turn) % contenders.length]!;
      const start = process.hrtime.bigint();
      count(profiles, contender);
      rounds.get(name)?.push(Number(process.hrtime.bigint() - start) / profiles.length);
    }
  }
  const byHand = median(rounds.get('by hand') ?? []);
  return contenders.map(([contender]) => {
    const nanosecondsPerProfile = median(rounds.get(contender) ?? []);
    return {
      subject: subject.name,
      contender,
      nanosecondsPerProfile,
      profilesPerSecond: 1e9 / nanosecondsPerProfile,
      timesByHand: nanosecondsPerProfile / byHand,
    };
  });
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

const profiles = createProfiles(PROFILES);
const results = SUBJECTS.flatMap((subject) => measure(subject, profiles));

if (values.json) {
  console.log(
    JSON.stringify({ profiles: PROFILES, rounds: ROUNDS, node: process.version, results }, null, 2),
  );
} else {
  const table = new Table({
    head: ['condition', '', 'ns per profile', 'million profiles/s', 'times by hand'],
    colAligns: ['left', 'left', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  });
  for (const { subject, contender, nanosecondsPerProfile, profilesPerSecond, timesByHand } of results) {
    table.push([
      subject,
      contender,
      nanosecondsPerProfile.toFixed(1),
      (profilesPerSecond / 1e6).toFixed(1),
      timesByHand.toFixed(2),
    ]);
  }
  console.log(table.toString());
}
