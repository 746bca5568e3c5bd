import {
  type ChildWorkflowHandle,
  isCancellation,
  log,
  proxyActivities,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import type { LedgerActivities } from '../activities/create-activities.ts';
import type { BatchSpan } from '../domain/batches.ts';
import { partitionWorkflowId } from '../names.ts';
import { LEDGER } from './activity-options.ts';
import type { Outcome } from './fan-out.ts';
import { control, type FanOutControl } from './messages.ts';
import { isOwnCancellation } from './run-batch.ts';
import { segmentPartition } from './segment-partition.ts';

const { readUnfinishedBatches } = proxyActivities<LedgerActivities>(LEDGER);

/** Partitions that work side by side; the window is shared out among them. */
export const PARTITIONS_AT_A_TIME = 4;

export interface PartitionsOptions {
  readonly runId: string;
  readonly batches: number;
  /** What a person wants of the whole run. */
  readonly wanted: () => FanOutControl;
  /** Children that are still to be started. */
  readonly toStart: () => number;
}

interface Partition {
  /** null while it is being started. */
  handle: ChildWorkflowHandle<typeof segmentPartition> | null;
  told: FanOutControl;
}

/** The partitions of a run that are under way, each told its share of the window and whether to pause. */
export class Partitions {
  readonly #options: PartitionsOptions;
  readonly #underWay = new Map<string, Partition>();

  constructor(options: PartitionsOptions) {
    this.#options = options;
  }

  /** A partition that fails leaves failed batches behind, never a lost error; only a cancellation goes on upwards. */
  async run(span: BatchSpan): Promise<Outcome> {
    const outcome = await this.#runOne(span);
    await this.tell();
    return outcome;
  }

  /** Passes on what has changed for a partition; one that is being started hears it when it has started. */
  async tell(): Promise<void> {
    const shares = this.#shares();
    await Promise.all([...this.#underWay.values()].map((partition) => tellOne(partition, shares)));
  }

  async #runOne(span: BatchSpan): Promise<Outcome> {
    const id = partitionWorkflowId(workflowInfo().workflowId, span.from);
    const partition: Partition = { handle: null, told: this.#options.wanted() };
    this.#underWay.set(id, partition);
    try {
      return await this.#follow(id, span, partition);
    } catch (error) {
      if (isOwnCancellation(error)) throw error;
      return await this.#whatIsDone(span);
    } finally {
      this.#underWay.delete(id);
    }
  }

  async #follow(id: string, span: BatchSpan, partition: Partition): Promise<Outcome> {
    const { runId, batches } = this.#options;
    partition.told = this.#shares().get(partition) ?? partition.told;
    const handle = await startChild(segmentPartition, {
      workflowId: id,
      args: [{ runId, runWorkflowId: workflowInfo().workflowId, batches, span, ...partition.told }],
      parentClosePolicy: 'REQUEST_CANCEL',
      staticSummary: `batches ${span.from + 1} to ${span.to} of ${batches}`,
    });
    partition.handle = handle;
    await this.tell();
    return handle.result();
  }

  /** The last partitions of a run have more of the window than those that have others beside them. */
  #shares(): ReadonlyMap<Partition, FanOutControl> {
    const { paused, window } = this.#options.wanted();
    const left = this.#underWay.size + this.#options.toStart();
    const sharers = Math.max(1, Math.min(PARTITIONS_AT_A_TIME, window, left));
    const partitions = [...this.#underWay.values()];
    return new Map(
      partitions.map((partition, index) => {
        const share = Math.floor(window / sharers) + (index < window % sharers ? 1 : 0);
        return [partition, { paused, window: Math.max(1, share) }];
      }),
    );
  }

  async #whatIsDone(span: BatchSpan): Promise<Outcome> {
    const unfinished = await readUnfinishedBatches({ runId: this.#options.runId });
    const failed = unfinished.filter((batch) => batch >= span.from && batch < span.to);
    const done = span.to - span.from - failed.length;
    return { done, passed: 0, changed: 0, setAside: 0, superseded: 0, failed };
  }
}

async function tellOne(partition: Partition, shares: ReadonlyMap<Partition, FanOutControl>): Promise<void> {
  const { handle, told } = partition;
  const next = shares.get(partition);
  if (handle === null || next === undefined) return;
  if (next.paused === told.paused && next.window === told.window) return;
  partition.told = next;
  try {
    await handle.signal(control, next);
  } catch (error) {
    // It has ended, and this run has not heard of it yet: nothing is left to steer.
    if (isCancellation(error)) throw error;
    log.debug('a partition had ended before it could be told', { workflowId: handle.workflowId });
  }
}
