import { DefaultLogger, type Logger } from '@temporalio/worker';
import { pino, type Logger as Log } from 'pino';

/** JSON lines on standard error: standard output belongs to what a command was asked for. */
export function createLog(level: string): Log {
  return pino({ level }, pino.destination({ dest: 2, sync: true }));
}

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/** What Temporal's SDK logs goes into the same log. */
export function toTemporalLogger(log: Log): Logger {
  return new DefaultLogger('DEBUG', ({ level, message, meta }) => log[LEVELS[level]](meta ?? {}, message));
}
