import type { Call, FunctionName, Operand, Position } from './ast.ts';
import { isTimeZone } from '../zones.ts';
import { ConditionError, type Span } from './condition-error.ts';
import { parseInstant } from './instants.ts';
import { parseOffset } from './offsets.ts';
import { staticTypeOf } from './static-type.ts';
import { FUNCTIONS, nearest, suggestion, type WrittenFunction } from './vocabulary.ts';

/** An operand with the part of the text that it was read from. */
export interface Written {
  readonly operand: Operand;
  readonly span: Span;
}

type Parameter = 'zone' | 'offset' | 'instant' | 'text' | 'seconds';

interface Signature {
  readonly parameters: readonly Parameter[];
  readonly optional?: true;
  readonly usage: string;
}

const SIGNATURES: Readonly<Record<WrittenFunction, Signature>> = {
  now: { parameters: ['zone'], optional: true, usage: 'now() or now("Europe/Berlin")' },
  'now.offset': { parameters: ['offset'], usage: 'now.offset("-30d")' },
  'now.timezone': { parameters: ['zone'], usage: 'now.timezone("Europe/Berlin")' },
  'now.timezone.offset': {
    parameters: ['zone', 'offset'],
    usage: 'now.timezone.offset("Europe/Berlin", "-1d")',
  },
  utcnow: { parameters: [], usage: 'utcnow()' },
  datetime: { parameters: ['instant'], usage: 'datetime("2026-11-21 09:00:00")' },
  'datetime.offset': { parameters: ['instant', 'offset'], usage: 'datetime.offset("2026-11-21", "-1d")' },
  'datetime.timezone': {
    parameters: ['instant', 'zone'],
    usage: 'datetime.timezone("2026-11-21", "Europe/Berlin")',
  },
  'datetime.from_timestamp': { parameters: ['seconds'], usage: 'datetime.from_timestamp(1795251600)' },
  lowercase: { parameters: ['text'], usage: 'lowercase("TEXT")' },
  uppercase: { parameters: ['text'], usage: 'uppercase("text")' },
};

/** Checks a call against its function, so that what can be wrong with it shows when the definition is loaded. */
export function toCall(written: string, at: Position, args: readonly Written[]): Call {
  const name = FUNCTIONS.find((candidate) => candidate === written.toLowerCase());
  if (name === undefined) throw unknownFunction(written, { ...at, length: written.length });
  const { parameters, optional, usage } = SIGNATURES[name];
  if (args.length > parameters.length || (args.length < parameters.length && optional !== true)) {
    const count = args.length === 1 ? '1 argument' : `${args.length} arguments`;
    throw new ConditionError(`found ${written} with ${count}, expected ${usage}`, {
      ...at,
      length: written.length,
    });
  }
  parameters.forEach((parameter, index) => {
    const arg = args[index];
    if (arg !== undefined) checkArgument(parameter, arg, usage);
  });
  return { kind: 'call', name: toFunctionName(name), args: args.map(({ operand }) => operand), at };
}

function unknownFunction(written: string, span: Span): ConditionError {
  const hint =
    nearest(written, FUNCTIONS) === null
      ? `; known functions: ${FUNCTIONS.join(', ')}`
      : suggestion(written, FUNCTIONS);
  return new ConditionError(`unknown function ${written}()${hint}`, span);
}

function toFunctionName(name: WrittenFunction): FunctionName {
  return name === 'now.timezone' ? 'now' : name;
}

function checkArgument(parameter: Parameter, { operand, span }: Written, usage: string): void {
  const problem = argumentProblem(parameter, operand);
  if (problem !== null) throw new ConditionError(`${problem} (as in ${usage})`, span);
}

function argumentProblem(parameter: Parameter, operand: Operand): string | null {
  switch (parameter) {
    case 'zone':
      return zoneProblem(operand);
    case 'offset':
      return offsetProblem(operand);
    case 'instant':
      return instantProblem(operand);
    case 'text':
      return textProblem(operand);
    case 'seconds':
      return secondsProblem(operand);
  }
}

function textOf(operand: Operand): string | null {
  return operand.kind === 'literal' && typeof operand.value === 'string' ? operand.value : null;
}

function zoneProblem(operand: Operand): string | null {
  const zone = textOf(operand);
  if (zone === null) return 'expected a time zone in quotes';
  if (/^[\p{L}_]/u.test(zone) && isTimeZone(zone)) return null;
  const near = nearest(zone, Intl.supportedValuesOf('timeZone'));
  return `unknown time zone "${zone}"${near === null ? '' : `; did you mean "${near}"?`}`;
}

function offsetProblem(operand: Operand): string | null {
  const offset = textOf(operand);
  if (offset === null) return 'expected an offset in quotes';
  if (parseOffset(offset) !== null) return null;
  return `"${offset}" is no offset; units are s, m (minutes), h, d, w, mo (months), y`;
}

function instantProblem(operand: Operand): string | null {
  const text = textOf(operand);
  if (text !== null) return Number.isNaN(parseInstant(text)) ? `"${text}" is no ISO 8601 date` : null;
  const type = staticTypeOf(operand);
  if (type === 'number')
    return 'found a number, expected a date (seconds since 1970 go to datetime.from_timestamp)';
  return type === 'unknown' || type === 'instant' || type === 'text' ? null : 'expected a date or a field';
}

function textProblem(operand: Operand): string | null {
  const type = staticTypeOf(operand);
  return type === 'unknown' || type === 'text' || type === 'instant' ? null : 'expected a text or a field';
}

/** Seconds of year 0 to 9999: milliseconds by mistake are far outside. */
const SECONDS = { from: -62_167_219_200, to: 253_402_300_799 };

function secondsProblem(operand: Operand): string | null {
  if (operand.kind === 'field') return null;
  const seconds = operand.kind === 'literal' && typeof operand.value === 'number' ? operand.value : NaN;
  if (Number.isNaN(seconds)) return 'expected seconds since 1970';
  if (seconds >= SECONDS.from && seconds <= SECONDS.to) return null;
  return `${seconds} is not in the years 0 to 9999; it counts seconds, not milliseconds`;
}
