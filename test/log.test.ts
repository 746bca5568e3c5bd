import { ActivityFailure, ApplicationFailure, RetryState } from '@temporalio/common';
import { expect, test } from 'vitest';
import { InvalidSegment } from '../src/domain/errors.ts';
import { createLog, toTemporalLogger } from '../src/log.ts';

function logged(
  level: string,
  write: (logger: ReturnType<typeof toTemporalLogger>) => void,
): readonly unknown[] {
  const lines: unknown[] = [];
  write(toTemporalLogger(createLog(level, { write: (line) => void lines.push(JSON.parse(line)) })));
  return lines;
}

const wrapped = new ActivityFailure(
  'Activity task failed',
  'planRun',
  '1',
  RetryState.NON_RETRYABLE_FAILURE,
  'worker',
  ApplicationFailure.create({ message: 'no such segment', type: 'SegmentNotFound' }),
);

/** A workflow's failure as its isolate hands it on: its classes are lost, and the stack names them. */
const cloned = Object.assign(new Error('Activity task failed'), {
  stack: '',
  cause: Object.assign(new Error('no such segment'), {
    stack: 'InvalidSegment: no such segment\n    at read',
  }),
});

/** The same without its causes. */
const isolated = Object.assign(new Error('Activity task failed: no such segment'), {
  stack:
    'ActivityFailure: Activity task failed\n    at plan\ncaused by: InvalidSegment: no such segment\n    at read',
});

test.each([
  ['its own stack', isolated],
  ['the stack of its cause', cloned],
])('a mistake of a workflow that only %s names is none of the worker either', (_, error) => {
  expect(logged('warn', (logger) => logger.warn('Workflow failed', { error }))).toEqual([]);
});

test.each([
  ['an activity', 'Activity failed', new InvalidSegment('no such segment')],
  ['a workflow', 'Workflow failed', wrapped],
])('a mistake of whoever asked is no warning of the worker when it fails %s', (_, message, error) => {
  expect(logged('warn', (logger) => logger.warn(message, { error }))).toEqual([]);
  expect(logged('info', (logger) => logger.warn(message, { error, taskToken: 'x' }))).toEqual([
    expect.objectContaining({ level: 30, msg: message, reason: 'no such segment' }),
  ]);
});

test('any other failure keeps its message, its stack and its causes', () => {
  const error = new Error('the batch failed', { cause: new TypeError('x is not a function') });

  expect(logged('warn', (logger) => logger.warn('Activity failed', { error }))).toEqual([
    expect.objectContaining({
      level: 40,
      error: expect.objectContaining({
        message: expect.stringContaining('x is not a function'),
        stack: expect.stringContaining('TypeError'),
      }),
    }),
  ]);
});
