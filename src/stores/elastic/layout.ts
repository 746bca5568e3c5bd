/** Where profiles live in a cluster, and where Strata puts its own marks in their documents. */
export interface Layout {
  readonly kind: 'plain' | 'tracardi';
  /** An index, an alias or a pattern: what is read, and where hits come from is what is written. */
  readonly index: string;
  /** The field that holds the profile's id, or `_id`. */
  readonly idField: string;
  /** The membership's field. */
  readonly segmentsField: string;
  /** Where the run stamp is kept. */
  readonly stampPath: readonly string[];
  /** Where the time of a change of the membership is kept, if anywhere. */
  readonly segmentedAtPath: readonly string[] | null;
}

/** The integer field of our own layout that ranges are cut by. */
export const BUCKET_FIELD = 'bucket';

export function plainLayout(names: {
  readonly index: string;
  readonly idField: string;
  readonly segmentsField: string;
}): Layout {
  return { kind: 'plain', ...names, stampPath: ['strata'], segmentedAtPath: null };
}

/** Tracardi's strict mapping has one place for foreign fields, `metadata.aux`, and one for this time. */
export function tracardiLayout(names: { readonly index: string; readonly segmentsField: string }): Layout {
  return {
    kind: 'tracardi',
    ...names,
    idField: 'id',
    stampPath: ['metadata', 'aux', 'strata'],
    segmentedAtPath: ['metadata', 'time', 'segmentation'],
  };
}

/** The keyword field that names the run of the stamp. */
export function stampRunField({ stampPath }: Layout): string {
  return [...stampPath, 'run'].join('.');
}

/** An object that holds the value at the path. */
export function nest(path: readonly string[], value: unknown): Record<string, unknown> {
  const [key, ...rest] = path;
  if (key === undefined) throw new Error('an empty path names no place');
  return { [key]: rest.length === 0 ? value : nest(rest, value) };
}
