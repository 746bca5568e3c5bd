import { Cron } from 'croner';

export function cronSlots(cron: string, timezone: string, after: Date, count: number): readonly string[] {
  return new Cron(cron, { timezone, paused: true }).nextRuns(count, after).map((date) => date.toISOString());
}

/** Five fields, as every crontab has them; null when it is fine, else what is wrong. */
export function cronProblem(cron: string): string | null {
  if (cron.trim().split(/\s+/).length !== 5)
    return 'must have five fields: minute hour day-of-month month day-of-week';
  try {
    new Cron(cron, { paused: true });
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
