import { createHash } from 'node:crypto';

/** Buckets of our own layout; a power of two, so that ranges of equal size cover them. */
export const BUCKETS = 4_096;

/**
 * The bucket of a profile in our own layout: whoever writes documents there computes it alike, and it never
 * changes, because the id does not. The first 12 bits of the SHA-1 of the id's UTF-8 bytes.
 */
export function bucketOf(id: string): number {
  return createHash('sha1').update(id).digest().readUInt16BE(0) >> 4;
}
