import { isGrpcServiceError } from '@temporalio/client';

/** By their numbers: https://grpc.io/docs/guides/status-codes/. The client passes errors on, but not these names. */
const STATUSES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const;
export type GrpcStatus = (typeof STATUSES)[number];

export interface GrpcAnswer {
  readonly status: GrpcStatus;
  readonly details: string;
}

/** What the server or the way to it has answered, whatever the client has wrapped around it; null for any other failure. */
export function grpcAnswer(error: unknown): GrpcAnswer | null {
  if (isGrpcServiceError(error)) return { status: STATUSES[error.code] ?? 'UNKNOWN', details: error.details };
  return error instanceof Error ? grpcAnswer(error.cause) : null;
}
