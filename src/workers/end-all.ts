import { rootMessage } from '../domain/errors.ts';

/**
 * Takes what was begun and ends it, the last first. Each is ended even where another fails to: what it holds, a
 * server or a database, would stay behind. Throws the failure then, and of several an AggregateError with them all.
 */
export async function endAll(begun: (() => Promise<void>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const end of begun.splice(0).reverse()) {
    try {
      await end();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1)
    throw new AggregateError(failures, failures.map((failure) => rootMessage(failure)).join('; '));
}
