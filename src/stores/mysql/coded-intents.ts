import type { WriteIntent } from '../../activities/intent-log.ts';
import type { ValueCode } from './value-codes.ts';

/** An intent with a character for each value. */
export type CodedIntent = WriteIntent;

export function toCoded(intent: WriteIntent, codes: ReadonlyMap<string, ValueCode>): CodedIntent {
  const characterOf = (value: string): string => codes.get(value)?.character ?? '';
  return { ...intent, entered: intent.entered.map(characterOf), left: intent.left.map(characterOf) };
}
