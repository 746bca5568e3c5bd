import type { ScanRequest } from '../../activities/profile-store.ts';
import type { Condition, Field } from '../../domain/condition/ast.ts';
import { fieldsOf } from '../../domain/condition/fields.ts';
import { UPDATED_AT } from './hits.ts';
import type { IndexState } from './index-state.ts';
import type { Layout } from './layout.ts';

/** The paths of a document that a scan needs; null for all of it. */
export function sourceFieldsOf(
  { reach, reads }: ScanRequest,
  layout: Layout,
  { shapes }: Pick<IndexState, 'shapes'>,
): readonly string[] | null {
  const conditions =
    reads ?? (reach.kind === 'bracketed' || reach.kind === 'audit' ? conditionsOf(reach) : null);
  if (conditions === null) return null;
  const fields = conditions.flatMap(fieldsOf).filter(({ source }) => source === 'profile');
  const paths = fields.map(pathOf);
  if (paths.includes(null)) return null;
  const own = [
    layout.segmentsField,
    layout.stampPath.join('.'),
    ...(layout.idField === '_id' ? [] : [layout.idField]),
    ...(shapes.length > 1 ? [UPDATED_AT.join('.')] : []),
  ];
  return [...new Set([...own, ...paths.flatMap((path) => path ?? [])])].toSorted();
}

function conditionsOf({ rules }: { readonly rules: readonly { readonly condition: Condition }[] }) {
  return rules.map(({ condition }) => condition);
}

/**
 * Up to the first index step: a filter inside a list would drop elements, and an index counts them. null where a
 * path's text would not name the field.
 */
function pathOf({ path }: Field): string | null {
  const indexAt = path.findIndex(({ kind }) => kind === 'index');
  const keys = (indexAt < 0 ? path : path.slice(0, indexAt)).flatMap((step) =>
    step.kind === 'key' ? [step.key] : [],
  );
  const isNameable = keys.length > 0 && keys.every((key) => /^[^.\s\\][^\\]*[^.\s\\]$|^[^.\s\\]$/u.test(key));
  return isNameable ? keys.join('.') : null;
}
