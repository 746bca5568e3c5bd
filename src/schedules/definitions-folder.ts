import { createReadStream, type Dirent } from 'node:fs';
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
 * hidden stays hidden. What cannot be read in it is one more source, which says so: its segments must not look as if
 * their files were gone. Throws a UserError where the folder itself cannot be read.
 */
export async function readDefinitionsFolder(folder: string): Promise<readonly DefinitionSource[]> {
  const sources = await readFolder(folder).catch((error: unknown) => {
    throw new UserError(
      `The folder of segment definitions "${folder}" cannot be read: ${reasonOf(error)}. Name another with --segments DIR or STRATA_SEGMENTS.`,
      { cause: error },
    );
  });
  return sources
    .map(({ file, flow, ...source }) => {
      const named = flow === undefined ? {} : { flow: { ...flow, file: nameIn(folder, flow.file) } };
      return { file: nameIn(folder, file), ...source, ...named };
    })
    .sort((a, b) => (a.file < b.file ? -1 : 1));
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
    throw new UserError(`${file} cannot be read: ${reasonOf(error)}.${hintOf(error)}`, { cause: error });
  }
}

function hintOf(error: unknown): string {
  const isFolder = error instanceof Error && 'code' in error && error.code === 'EISDIR';
  return isFolder ? ' --segments takes a folder.' : '';
}

async function readFolder(folder: string): Promise<readonly DefinitionSource[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const shown = entries.filter(({ name }) => !name.startsWith('.'));
  const read = await Promise.all(shown.map((entry) => readEntry(join(folder, entry.name), entry)));
  return read.flat();
}

async function readEntry(path: string, entry: Dirent): Promise<readonly DefinitionSource[]> {
  const isNamed = /\.ya?ml$/i.test(path);
  if (entry.isSymbolicLink() && !isNamed) return readLink(path);
  if (!entry.isDirectory()) return isNamed ? [await readOrSay(path)] : [];
  // Mounting a file that is not there leaves a folder of its name.
  if (isNamed)
    return [unreadable(path, 'it is a folder. Rename it, or put the file here that was to be mounted')];
  return readFolder(path).catch((error: unknown) => [unreadable(path, reasonOf(error))]);
}

/** Never followed, as it may lead in a circle; never passed over, as definitions may stand behind it. */
async function readLink(path: string): Promise<readonly DefinitionSource[]> {
  const target = await stat(path).catch(() => null);
  if (target === null) return [unreadable(path, 'it is a link to what is not there. Mend it, or remove it')];
  if (target.isDirectory())
    return [unreadable(path, 'it is a link to a folder. Put the folder here, or link its files')];
  return [];
}

/** Through links too: a mounted ConfigMap has nothing else beside its hidden folders. */
async function readOrSay(file: string): Promise<DefinitionSource> {
  try {
    // A pipe would be waited for.
    if (!(await stat(file)).isFile()) return unreadable(file, 'it is no file. Put one here, or remove it');
    return await readDefinitionFile(file);
  } catch (error) {
    return unreadable(file, reasonOf(error instanceof UserError ? error.cause : error));
  }
}

function unreadable(file: string, reason: string): DefinitionSource {
  return { file, content: '', unreadable: reason };
}
