import type { DuckDBConnection } from '@duckdb/node-api';

export type Use<T> = (connection: DuckDBConnection) => Promise<T>;

/** Connections that are lent one reader at a time. */
export interface Readers {
  use<T>(use: Use<T>): Promise<T>;
  /** Waits for those that read. */
  close(): Promise<void>;
}

/** Queries at once: each uses both threads and holds memory out of one fixed limit. */
const MAX_READERS = 2;

export function createReaders(connect: () => Promise<DuckDBConnection>): Readers {
  const idle: DuckDBConnection[] = [];
  const waiting: (() => void)[] = [];
  const ended: (() => void)[] = [];
  let active = 0;

  async function use<T>(read: Use<T>): Promise<T> {
    if (active >= MAX_READERS) await new Promise<void>((resolve) => waiting.push(resolve));
    else active += 1;
    try {
      const connection = idle.pop() ?? (await connect());
      try {
        return await read(connection);
      } finally {
        idle.push(connection);
      }
    } finally {
      release();
    }
  }

  /** The next in line takes the place over, so nobody can slip in between. */
  function release(): void {
    const next = waiting.shift();
    if (next !== undefined) return next();
    active -= 1;
    if (active === 0) for (const resolve of ended.splice(0)) resolve();
  }

  async function close(): Promise<void> {
    if (active > 0) await new Promise<void>((resolve) => ended.push(resolve));
    for (const connection of idle.splice(0)) connection.closeSync();
  }

  return { use, close };
}
