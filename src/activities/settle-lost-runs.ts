import type { FinishRunInput, RunOutcome } from './finish-run.ts';
import type { Ledger } from './ledger.ts';
import type { RunWorkflows, WorkflowEnd } from './run-workflows.ts';

export interface SettleLostRunsDeps {
  readonly ledger: Pick<Ledger, 'readOpenRuns' | 'readRun'>;
  readonly runWorkflows: RunWorkflows;
  readonly finishRun: (input: FinishRunInput) => Promise<RunOutcome>;
}

type Ending = NonNullable<FinishRunInput['ended']>;

/** What the record of a run says whose workflow has ended like this without closing it. */
export const ENDINGS: Readonly<Record<WorkflowEnd, Ending>> = {
  terminated: { state: 'cancelled', reason: 'terminated in Temporal' },
  cancelled: { state: 'cancelled', reason: 'cancelled in Temporal before its record could be closed' },
  'timed out': { state: 'failed', reason: 'its workflow timed out in Temporal' },
  failed: { state: 'failed', reason: 'its workflow failed in Temporal before its record could be closed' },
  completed: { state: 'failed', reason: 'its workflow ended in Temporal without closing its record' },
  forgotten: { state: 'failed', reason: 'Temporal does not know its workflow any more' },
};

/**
 * Closes the records of runs whose workflow has ended without doing so, as one does that a person terminates.
 * Their numbers are those of what they have written. `except` is the run that asks.
 */
export async function settleLostRuns(
  { ledger, runWorkflows, finishRun }: SettleLostRunsDeps,
  except: string,
): Promise<void> {
  for (const { runId, workflowId } of await ledger.readOpenRuns()) {
    if (runId === except) continue;
    const end = await runWorkflows.endOf({ runId, workflowId });
    if (end === null) continue;
    // A run that ended between the two looks has closed its record itself.
    const isOpen = (await ledger.readRun(runId))?.endedAt === null;
    if (isOpen) await finishRun({ runId, ended: ENDINGS[end] });
  }
}
