import { unwatchFile, watchFile, type Stats } from 'node:fs';
import { watch, type FSWatcher } from 'chokidar';
import { reasonOf } from '../domain/errors.ts';
import { messageOf } from './exit.ts';

export interface FolderWatch {
  readonly apply: () => Promise<void>;
  readonly report: (line: string) => void;
}

/** How long another folder may stand under the name unseen. One `stat` each, so it costs nothing. */
const LOOK_EVERY_MS = 1_000;

/**
 * Applies a folder again when it changes, or when another one takes its place; what fails is said once and changes
 * nothing else. Answers how to end that, which waits for what is being applied.
 */
export function watchFolder(folder: string, { apply, report }: FolderWatch): () => Promise<void> {
  const again = inTurns(apply, report);
  const watchAnew = (): FSWatcher =>
    watch(folder, { ignoreInitial: true, awaitWriteFinish: { stabilityThreshold: 300 } })
      .on('all', again)
      .on('error', (error) => report(unseen(folder, error)));
  let watcher = watchAnew();
  // A watch holds on to the folder that it began with, wherever that is moved, and a mount over it says nothing.
  const look = (now: Stats, before: Stats): void => {
    if (isSame(now, before)) return;
    void watcher.close();
    watcher = watchAnew();
    // What came into the folder before the new watch stands is not told as a change.
    watcher.on('ready', again);
  };
  watchFile(folder, { interval: LOOK_EVERY_MS }, look);
  return async () => {
    unwatchFile(folder, look);
    await watcher.close();
    await again.settled();
  };
}

interface Turns {
  (): void;
  readonly settled: () => Promise<void>;
}

/** One after the other: changes that come together are applied together. */
function inTurns(apply: () => Promise<void>, report: (line: string) => void): Turns {
  let applying = Promise.resolve();
  let isQueued = false;
  let said: string | null = null;
  const again = (): void => {
    if (isQueued) return;
    isQueued = true;
    applying = applying
      .then(async () => {
        isQueued = false;
        await apply();
        said = null;
      })
      .catch((error: unknown) => {
        const problem = messageOf(error);
        if (problem !== said) report(`the folder could not be applied: ${problem}`);
        said = problem;
      });
  };
  return Object.assign(again, { settled: () => applying });
}

/** The number of a folder that was removed is soon given to another. */
function isSame(now: Stats, before: Stats): boolean {
  return now.ino === before.ino && now.dev === before.dev && now.birthtimeMs === before.birthtimeMs;
}

function unseen(folder: string, error: unknown): string {
  return `changes of a part of ${folder} are not seen: ${reasonOf(error)}. \`strata schedules apply\` applies them.`;
}
