import { DefaultLogger, type LogMetadata, type Logger } from '@temporalio/worker';
import { pino, type DestinationStream, type Logger as Log } from 'pino';
import { MISTAKES, rootMessage } from './domain/errors.ts';

/** JSON lines on standard error: standard output belongs to what a command was asked for. */
export function createLog(
  level: string,
  destination: DestinationStream = pino.destination({ dest: 2, sync: true }),
): Log {
  return pino({ level, serializers: { error: pino.stdSerializers.err } }, destination);
}

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/** What Temporal's SDK logs goes into the same log. */
export function toTemporalLogger(log: Log): Logger {
  return new DefaultLogger('DEBUG', ({ level, message, meta = {} }) => {
    // Who holds a token can complete the activity, and nobody can read one.
    const { taskToken: _, error, ...fields } = meta;
    if (message.startsWith(EXPECTED)) log.debug(fields, message);
    else if (isMistake(error)) log.info({ ...fields, reason: rootMessage(error) }, message);
    else log[LEVELS[level]](error === undefined ? fields : { ...fields, error }, message);
  });
}

/** Said as a warning of every worker that only runs activities, as the batches' worker does by design. */
const EXPECTED = 'No workflows registered';

/** Whoever made the mistake is told it in its own words; the worker that met it has nothing to mend. */
function isMistake(error: LogMetadata['error']): boolean {
  if (!(error instanceof Error)) return false;
  const names = [error.name, 'type' in error ? error.type : null, ...namesInStack(error)];
  return (
    names.some((name) => typeof name === 'string' && Object.hasOwn(MISTAKES, name)) || isMistake(error.cause)
  );
}

/** A workflow's failure leaves its isolate without its class, and at times without its causes: its stack names them. */
function namesInStack({ stack = '' }: Error): readonly string[] {
  const own = /^(\w+):/.exec(stack)?.[1] ?? '';
  return [own, ...[...stack.matchAll(/^caused by: (\w+):/gm)].map(([, name]) => name ?? '')];
}
