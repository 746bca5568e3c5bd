import type { Ledger } from './ledger.ts';

export interface RecordFailureInput {
  readonly runId: string;
  readonly batch: number;
  readonly failure: string;
}

export function createRunRecords({ ledger }: { readonly ledger: Ledger }) {
  /** Makes a failed batch visible in the ledger; a batch that finished after all stays done. */
  async function recordBatchFailure({ runId, batch, failure }: RecordFailureInput): Promise<void> {
    await ledger.finishBatch(runId, batch, { state: 'failed', failure });
  }

  /** The batches of a run that are not done: what a retry has to do. */
  async function readUnfinishedBatches({ runId }: { readonly runId: string }): Promise<readonly number[]> {
    const batches = await ledger.readBatches(runId);
    return batches.filter(({ state }) => state !== 'done').map(({ batch }) => batch);
  }

  return { recordBatchFailure, readUnfinishedBatches };
}
