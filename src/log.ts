import { DefaultLogger, type Logger } from '@temporalio/worker';
import { pino, type Logger as Log } from 'pino';

/** JSON lines on standard error: standard output belongs to what a command was asked for. */
export function createLog(level: string): Log {
  return pino({ level }, pino.destination({ dest: 2, sync: true }));
}

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/** What Temporal's SDK logs goes into the same log. */
export function toTemporalLogger(log: Log): Logger {
  return new DefaultLogger('DEBUG', ({ level, message, meta }) =>
    log[message.startsWith(EXPECTED) ? 'debug' : LEVELS[level]](meta ?? {}, message),
  );
}

/** Said as a warning of every worker that only runs activities, as the batches' worker does by design. */
const EXPECTED = 'No workflows registered';
