/**
 * Takes what was begun and ends it, the last first. Each is ended even where another fails to: what it holds, a
 * server or a database, would stay behind. The first failure is thrown then.
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
  if (failures.length > 0) throw failures[0];
}
