import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { DefinitionSource } from '../domain/definition.ts';
import { UserError } from '../domain/errors.ts';

/** Reads every .yaml and .yml file below a folder, in name order. */
export async function readDefinitionsFolder(folder: string): Promise<readonly DefinitionSource[]> {
  const entries = await listFiles(folder);
  const files = entries.filter((name) => /\.ya?ml$/.test(name)).sort();
  return Promise.all(
    files.map(async (file) => ({
      file: relative(folder, file).split(sep).join('/'),
      content: await readFile(file, 'utf8'),
    })),
  );
}

async function listFiles(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    throw new UserError(
      `The folder of segment definitions "${folder}" cannot be read: ${error instanceof Error ? error.message : String(error)}. Name another with --segments DIR or STRATA_SEGMENTS.`,
      { cause: error },
    );
  }
}
