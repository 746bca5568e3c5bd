import type { Field } from './ast.ts';
import type { Documents } from './documents.ts';
import { readPath, toSteps } from './read-path.ts';

export type Read = (documents: Documents) => unknown;

/** Reads a field; the path is prepared here, once. */
export function readField({ source, path }: Field): Read {
  const steps = toSteps(path);
  return (documents) => readPath(documents[source], steps);
}
