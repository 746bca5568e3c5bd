import type { ExplainedSegment } from '../api/operations.ts';
