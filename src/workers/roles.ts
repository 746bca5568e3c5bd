import { UserError } from '../domain/errors.ts';
import { nearestOf } from '../domain/known-keys.ts';

/** What a worker process works on: a task queue each, so that a resource is protected by who polls its queue. */
export const ROLES = ['workflows', 'profiles'] as const;
export type Role = (typeof ROLES)[number];

/** Reads `workflows,profiles`; an unknown or missing name is a UserError that offers the nearest. */
export function toRoles(text: string): readonly Role[] {
  const names = text.split(',').map((name) => name.trim());
  return ROLES.filter((role) => names.map(toRole).includes(role));
}

function toRole(name: string): Role {
  const role = ROLES.find((known) => known === name);
  if (role !== undefined) return role;
  const near = nearestOf(name, ROLES);
  const hint = near === null ? '' : ` Did you mean "${near}"?`;
  throw new UserError(`There is no role "${name}"; a worker has ${ROLES.join(', ')}.${hint}`);
}
