import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { text } from 'node:stream/consumers';
import { MAX_DEFINITION_LENGTH } from '../domain/definition-yaml.ts';
import type { DefinitionSource } from '../domain/definition.ts';
import { reasonOf, UserError } from '../domain/errors.ts';
import { readNamedFlow } from './flow-files.ts';

/** UTF-8 takes three bytes at the most for what counts as one; a file that is cut here is refused for its length. */
const MOST_BYTES = 3 * MAX_DEFINITION_LENGTH;

/**
 * Reads every .yaml and .yml file below a folder, in name order, with the flow files that they name; what is
 * hidden stays hidden.
 */
export async function readDefinitionsFolder(folder: string): Promise<readonly DefinitionSource[]> {
  const files = await listFiles(folder);
  return Promise.all(
    files.map(async (file) => {
      const { content, flow } = await readDefinitionFile(file);
      const named = flow === undefined ? {} : { flow: { ...flow, file: nameIn(folder, flow.file) } };
      return { file: nameIn(folder, file), content, ...named };
    }),
  );
}

function nameIn(folder: string, file: string): string {
  return relative(folder, file).split(sep).join('/');
}

/** One file under the name it was asked for, with the flow file that it names; a UserError where it cannot be read. */
export async function readDefinitionFile(file: string): Promise<DefinitionSource> {
  try {
    const content = await text(createReadStream(file, { end: MOST_BYTES }));
    const flow = await readNamedFlow(file, content);
    return flow === null ? { file, content } : { file, content, flow };
  } catch (error) {
    throw new UserError(`${file} cannot be read: ${reasonOf(error)}.`, { cause: error });
  }
}

async function listFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    throw new UserError(
      `The folder of segment definitions "${folder}" cannot be read: ${reasonOf(error)}. Name another with --segments DIR or STRATA_SEGMENTS.`,
      { cause: error },
    );
  });
  const named = entries
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => isNamed(file, folder));
  const found = await Promise.all(named.map(async (file) => ((await isFile(file)) ? [file] : [])));
  return found.flat().sort();
}

/** Through links too: a mounted ConfigMap has nothing else beside its hidden folders. */
async function isFile(file: string): Promise<boolean> {
  try {
    return (await stat(file)).isFile();
  } catch (error) {
    throw new UserError(`${file} cannot be read: ${reasonOf(error)}.`, { cause: error });
  }
}

function isNamed(file: string, folder: string): boolean {
  return (
    /\.ya?ml$/i.test(file) &&
    !relative(folder, file)
      .split(sep)
      .some((part) => part.startsWith('.'))
  );
}
