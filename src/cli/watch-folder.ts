import { watch } from 'chokidar';
import { reasonOf } from '../domain/errors.ts';
import { messageOf } from './exit.ts';

export interface FolderWatch {
  readonly apply: () => Promise<void>;
  readonly report: (line: string) => void;
}

/**
 * Applies a folder again when it changes; what fails is said and changes nothing else. Answers how to end that,
 * which waits for what is being applied.
 */
export function watchFolder(folder: string, { apply, report }: FolderWatch): () => Promise<void> {
  const watcher = watch(folder, { ignoreInitial: true, awaitWriteFinish: { stabilityThreshold: 300 } });
  let applying = Promise.resolve();
  let isQueued = false;
  const again = (): void => {
    // Files that come together are applied together.
    if (isQueued) return;
    isQueued = true;
    applying = applying
      .then(() => {
        isQueued = false;
        return apply();
      })
      .catch((error: unknown) => report(`the folder could not be applied: ${messageOf(error)}`));
  };
  watcher.on('all', again);
  watcher.on('error', (error) =>
    report(
      `changes of a part of ${folder} are not seen: ${reasonOf(error)}. \`strata schedules apply\` applies them.`,
    ),
  );
  return async () => {
    await watcher.close();
    await applying;
  };
}
