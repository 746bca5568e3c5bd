import { distance } from 'fastest-levenshtein';
import { Config } from '../config.ts';

const PREFIX = 'STRATA_';

/** Letters that a slip of the pen changes; other programs have variables of this prefix, too. */
const SLIP = 2;

/** A line for each variable that nobody reads and that is nearly one of ours: its value would be missed in silence. */
export function misspeltVariables(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const known = Object.keys(Config.shape).filter((name) => name.startsWith(PREFIX));
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !known.includes(name))
    .flatMap((name) => {
      const meant = known.find((each) => distance(name, each) <= SLIP);
      return meant === undefined ? [] : [`nothing reads ${name}; did you mean ${meant}?`];
    });
}
