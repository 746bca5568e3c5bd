import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  bundleWorkflowCode,
  DefaultLogger,
  Worker,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import '../support/quiet-runtime.ts';

const HISTORIES = new URL('../histories/', import.meta.url);
const workflowsPath = fileURLToPath(new URL('../../src/workflows', import.meta.url));
const files = (await readdir(HISTORIES)).filter((name) => name.endsWith('.json'));

let workflowBundle: WorkflowBundleWithSourceMap;

/** Ids of children are made from the workflow's own id, so a replay must run under the recorded one. */
const RecordedRun = z.looseObject({
  events: z.tuple(
    [
      z.object({
        workflowExecutionStartedEventAttributes: z.looseObject({ workflowId: z.string() }),
      }),
    ],
    z.unknown(),
  ),
});

async function replay(text: string): Promise<void> {
  const history: unknown = JSON.parse(text);
  const [started] = RecordedRun.parse(history).events;
  const { workflowId } = started.workflowExecutionStartedEventAttributes;
  await Worker.runReplayHistory({ workflowBundle }, history, workflowId);
}

beforeAll(async () => {
  workflowBundle = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
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
  await replay(await readFile(new URL(file, HISTORIES), 'utf8'));
});

test('among them is a run of the workflow that continues as new, and the one that goes on from there', async () => {
  const [first, next] = await Promise.all(
    ['segment-profiles-continued.json', 'segment-profiles-successor.json'].map(async (file) =>
      RecordedRun.parse(JSON.parse(await readFile(new URL(file, HISTORIES), 'utf8'))),
    ),
  );

  expect(first?.events.at(-1)).toMatchObject({
    workflowExecutionContinuedAsNewEventAttributes: {
      newExecutionRunId: next?.events[0].workflowExecutionStartedEventAttributes.originalExecutionRunId,
    },
  });
  expect(next?.events[0].workflowExecutionStartedEventAttributes).toMatchObject({
    continuedExecutionRunId: expect.any(String),
  });
});

test('a history with another activity in it does not replay', async () => {
  const text = await readFile(new URL('segment-profiles.json', HISTORIES), 'utf8');

  const replayed = replay(text.replaceAll('"finishRun"', '"endRun"'));

  await expect(replayed).rejects.toThrow(DeterminismViolationError);
  await expect(replayed).rejects.toThrow(/'endRun' does not match .* 'finishRun'/);
});

test('recorded histories are small and name no machine', async () => {
  for (const file of files) {
    const text = await readFile(new URL(file, HISTORIES), 'utf8');

    expect(text.length, file).toBeLessThan(150_000);
    expect(text, file).not.toMatch(/"identity": "(?!([0-9a-f-]+@)?recorder")/);
  }
});
