import { createReadStream } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { text } from 'node:stream/consumers';
import { readDefinitionYaml } from '../domain/definition-yaml.ts';
import { reasonOf } from '../domain/errors.ts';
import { toFlowFile, type FlowFile } from '../domain/flow/flow-file.ts';
import { unpackFlow } from './unpack-flow.ts';

/** An export of a few hundred nodes; what is longer is cut, and then no JSON any more. */
const MOST_BYTES = 16 * 1024 * 1024;

/**
 * Reads the flow that a definition names, from beside the definition's file; null where it names none. A flow
 * that cannot be read is its definition's problem, not the folder's.
 */
export async function readNamedFlow(definitionFile: string, content: string): Promise<FlowFile | null> {
  const named = flowNamedIn(content);
  if (named === null) return null;
  const path = join(dirname(definitionFile), named);
  const file = path.split(sep).join('/');
  try {
    return toFlowFile(file, await text(createReadStream(path, { end: MOST_BYTES })), unpackFlow);
  } catch (error) {
    return { file, unreadable: reasonOf(error) };
  }
}

function flowNamedIn(content: string): string | null {
  const read = readDefinitionYaml(content.replace(/^\uFEFF/, ''));
  const named = read.kind === 'mapping' && 'flow' in read.value ? read.value.flow : null;
  return typeof named === 'string' && named !== '' ? named : null;
}
