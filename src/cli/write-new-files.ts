import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UserError } from '../domain/errors.ts';

/** Writes files below a folder, all of them new: where one is there already, nothing is written at all. */
export async function writeNewFiles(
  folder: string,
  files: readonly { readonly file: string; readonly content: string }[],
): Promise<void> {
  const paths = files.map(({ file, content }) => ({ path: join(folder, file), content }));
  const there = await Promise.all(paths.map(async ({ path }) => ((await isThere(path)) ? [path] : [])));
  const taken = there.flat();
  if (taken.length > 0)
    throw new UserError(
      `Nothing was written: ${taken.slice(0, 3).join(', ')}${taken.length > 3 ? ` and ${taken.length - 3} more` : ''} would be overwritten. Name another folder with --to, or move what is there.`,
    );
  for (const { path, content } of paths) {
    try {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content, { flag: 'wx' });
    } catch (error) {
      throw new UserError(
        `${path} cannot be written: ${error instanceof Error ? error.message : String(error)}. Name another folder with --to.`,
        { cause: error },
      );
    }
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
