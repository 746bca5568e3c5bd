/** A condition on `position`, and the values it binds. */
export interface ChosenRows {
  readonly sql: string;
  readonly values: string[];
}

/** A span this many times its rows is still read whole; a sparser one names its rows. */
const DENSE = 4;

export function whereChosen(positions: Int32Array): ChosenRows {
  const first = positions[0];
  const last = positions.at(-1);
  if (first === undefined || last === undefined) return { sql: 'false', values: [] };
  const span = `position BETWEEN ${first} AND ${last}`;
  if (last - first < positions.length * DENSE) return { sql: span, values: [] };
  const named = `position IN (SELECT unnest(string_split($1, ','))::INTEGER)`;
  return { sql: `${span} AND ${named}`, values: [positions.join(',')] };
}
