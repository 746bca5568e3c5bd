import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { beforeAll, expect, test } from 'vitest';

const HISTORIES = new URL('../histories/', import.meta.url);
const workflowsPath = fileURLToPath(new URL('../../src/workflows', import.meta.url));
const files = (await readdir(HISTORIES)).filter((name) => name.endsWith('.json'));

async function read(file: string): Promise<unknown> {
  return JSON.parse(await readFile(new URL(file, HISTORIES), 'utf8'));
}

beforeAll(() => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
});

test('there are recorded histories of every workflow', () => {
  expect(files).toEqual(
    expect.arrayContaining([
      'publish-definitions.json',
      'segment-batch.json',
      'segment-profiles.json',
      'segment-partition.json',
    ]),
  );
});

test.each(files)('%s, recorded from a real run, replays on the code of today', async (file) => {
  await Worker.runReplayHistory({ workflowsPath, replayName: file }, await read(file));
});

test('a history with another activity in it does not replay', async () => {
  const text = await readFile(new URL('segment-profiles.json', HISTORIES), 'utf8');
  const mutated: unknown = JSON.parse(text.replaceAll('"finishRun"', '"endRun"'));

  await expect(Worker.runReplayHistory({ workflowsPath }, mutated)).rejects.toBeInstanceOf(
    DeterminismViolationError,
  );
});
