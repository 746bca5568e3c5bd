export { publishDefinitions } from './publish-definitions.ts';
export { segmentBatch } from './segment-batch.ts';
export { segmentPartition } from './segment-partition.ts';
export { segmentProfiles } from './segment-profiles.ts';
