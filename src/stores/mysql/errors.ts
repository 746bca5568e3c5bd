import { UserError } from '../../domain/errors.ts';

const CONNECTION_LOST = new Set([
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT',
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'ER_SERVER_SHUTDOWN',
  'ER_NORMAL_SHUTDOWN',
  'ER_CONNECTION_KILLED',
]);

/** The server chose us as the victim, or we waited too long for another's lock: the transaction may be run again. */
const LOCK_LOST = new Set(['ER_LOCK_DEADLOCK', 'ER_LOCK_WAIT_TIMEOUT']);

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

export function isLockLost(error: unknown): boolean {
  return LOCK_LOST.has(codeOf(error));
}

/** Also said when a pooled connection died while it was idle. */
export function isConnectionLost(error: unknown): boolean {
  return (
    CONNECTION_LOST.has(codeOf(error)) ||
    (error instanceof Error && error.message.includes('connection is in closed state'))
  );
}

const REFUSALS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name cannot be looked up',
  ECONNREFUSED: 'nothing listens there',
  ETIMEDOUT: 'it does not answer',
  EHOSTUNREACH: 'the host cannot be reached',
  ER_ACCESS_DENIED_ERROR: 'the user or the password is wrong',
  ER_DBACCESS_DENIED_ERROR: 'the user may not use the database',
  ER_BAD_DB_ERROR: 'the database does not exist',
  ER_HOST_NOT_PRIVILEGED: 'this host may not connect',
  ER_NOT_SUPPORTED_AUTH_MODE: 'the server wants a way to log in that this client does not speak',
  HANDSHAKE_NO_SSL_SUPPORT: 'the server does not speak TLS',
};

/** What stands in the way of using the server at all, in the user's words; `where` names it without the password. */
export function toConnectError(error: unknown, where: string): unknown {
  const reason = REFUSALS[codeOf(error)];
  if (reason === undefined) return error;
  return new UserError(
    `MYSQL_URL names ${where}, and ${reason}. Nothing was changed; mend the URL or the server and start again.`,
    { cause: error },
  );
}
