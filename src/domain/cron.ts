import { Cron } from 'croner';

export function cronSlots(cron: string, timezone: string, after: Date, count: number): readonly string[] {
  return new Cron(cron, { timezone, paused: true }).nextRuns(count, after).map((date) => date.toISOString());
}

interface Field {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** Names of three letters, the first standing for `from`. */
  readonly names: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const FIELDS: readonly Field[] = [
  { name: 'minute', from: 0, to: 59, names: [] },
  { name: 'hour', from: 0, to: 23, names: [] },
  { name: 'day-of-month', from: 1, to: 31, names: [] },
  { name: 'month', from: 1, to: 12, names: MONTHS },
  { name: 'day-of-week', from: 0, to: 7, names: DAYS },
];

/**
 * Five fields in what Temporal's parser and every crontab read alike; null when it is fine, else what is
 * wrong. Temporal takes `#` for the start of a comment, and refuses L, W and `?` only when the schedule is made.
 */
export function cronProblem(cron: string): string | null {
  const fields = cron.trim().split(/\s+/);
  if (fields.length !== FIELDS.length)
    return `must have five fields: ${FIELDS.map(({ name }) => name).join(' ')}; found ${cron.trim() === '' ? 0 : fields.length}`;
  const found = FIELDS.map((field, index) => fieldProblem(fields[index] ?? '', field));
  return found.find((problem) => problem !== null) ?? dayProblem(fields) ?? neverProblem(cron);
}

function fieldProblem(text: string, field: Field): string | null {
  if (text.split(',').every((item) => isItem(item, field))) return null;
  const { name, from, to, names } = field;
  const named = names.length === 0 ? '' : `, ${names[0]} to ${names.at(-1)}`;
  return `found "${text}" as ${name}; expected *, ${from} to ${to}${named}, ranges such as ${from}-${from + 4} and steps such as */2, with commas between several`;
}

/** A step goes with * or a range: what it means after a single number is read in more than one way. */
function isItem(item: string, { from, to, names }: Field): boolean {
  const match = /^(?:\*|(\d{1,2}|[a-z]{3})(?:-(\d{1,2}|[a-z]{3}))?)(?:\/(\d{1,2}))?$/i.exec(item);
  if (match === null) return false;
  const [, first, last, step] = match;
  if (step !== undefined && (Number(step) < 1 || Number(step) > to - from)) return false;
  if (first === undefined) return true;
  if (last === undefined && step !== undefined) return false;
  const valueOf = (text: string): number => {
    const named = names.indexOf(text.toLowerCase());
    return named < 0 ? Number(text) : named + from;
  };
  const [low, high] = [valueOf(first), valueOf(last ?? first)];
  return from <= low && low <= high && high <= to;
}

/** crontab means either of the two days, Temporal both: nobody could tell which was meant. */
function dayProblem([, , dayOfMonth, , dayOfWeek]: readonly string[]): string | null {
  if (dayOfMonth === '*' || dayOfWeek === '*') return null;
  return 'names a day of the month and a day of the week, which crontab reads as "either" and Temporal as "both"; leave one of them *';
}

/** Any start will do, as what comes once comes again; a fixed one, so that a definition loads alike on every day. */
const FROM = new Date('2026-01-01T00:00:00Z');

function neverProblem(cron: string): string | null {
  const next = new Cron(cron, { paused: true, timezone: 'UTC' }).nextRun(FROM);
  return next === null ? 'names a day that never comes' : null;
}

/** The hours that a valid cron singles out, 0 to 23; none where it fires in every hour. */
export function namedHours(cron: string): readonly number[] {
  const [, hours = '*'] = cron.trim().split(/\s+/);
  const named = new Set(hours.split(',').flatMap(hoursOf));
  return named.size === 24 ? [] : [...named];
}

function hoursOf(item: string): readonly number[] {
  const [range = '*', step = '1'] = item.split('/');
  const [first = 0, last = first] = range === '*' ? [0, 23] : range.split('-').map(Number);
  const count = Math.floor((last - first) / Number(step)) + 1;
  return Array.from({ length: count }, (_, index) => first + index * Number(step));
}
