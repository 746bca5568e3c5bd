/** How far one run may change a segment before it is held. Shares are fractions of the members before. */
export interface Limits {
  readonly maxShrink?: number | undefined;
  readonly maxGrowth?: number | undefined;
  readonly allowEmpty?: boolean | undefined;
}

export function hasLimits({ maxShrink, maxGrowth, allowEmpty }: Limits): boolean {
  return maxShrink !== undefined || maxGrowth !== undefined || allowEmpty === false;
}

/**
 * The limit that a change from `before` to `after` members breaks, in words, or null. A segment without
 * members may grow to any size: there is nothing yet to compare with.
 */
export function brokenLimit(
  { maxShrink, maxGrowth, allowEmpty }: Limits,
  before: number,
  after: number,
): string | null {
  if (before === 0) return null;
  if (allowEmpty === false && after === 0)
    return `would be empty (${before} members before) and allowEmpty is false`;
  const change = (after - before) / before;
  if (maxShrink !== undefined && -change > maxShrink)
    return `would shrink by ${percent(-change)} from ${before} to ${after}, more than maxShrink ${percent(maxShrink)}`;
  if (maxGrowth !== undefined && change > maxGrowth)
    return `would grow by ${percent(change)} from ${before} to ${after}, more than maxGrowth ${percent(maxGrowth)}`;
  return null;
}

function percent(fraction: number): string {
  return `${Math.round(fraction * 1000) / 10}%`;
}
