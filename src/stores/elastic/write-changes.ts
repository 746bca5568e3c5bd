import type { Client } from '@elastic/elasticsearch';
import type { IntentLog, WriteIntent } from '../../activities/intent-log.ts';
import type { WriteOutcome, WriteRequest } from '../../activities/profile-store.ts';
import type { ProfileChange } from '../../domain/profile.ts';
import type { SendUpdates, Update } from './bulk.ts';
import { nextStamp, valueAt } from './hits.ts';
import { nest, type Layout } from './layout.ts';
import { getDocuments } from './locate.ts';
import { isRecord } from './records.ts';
import { fromPlaceText, readStamp, stampJson, toPlaceText, versionOf, type Location } from './version.ts';

export interface WriteParts {
  readonly client: Client;
  readonly layout: Layout;
  readonly intents: IntentLog;
  readonly send: SendUpdates;
  readonly now: () => Date;
}

type RunScan = Pick<WriteRequest, 'runId' | 'scan'>;

/**
 * Intents before, the run's stamp in the same partial update as the membership, settled after. An update that
 * conflicts is asked whether it has been applied already: then its answer was lost, or a lost attempt sent it.
 */
export async function writeChanges(parts: WriteParts, request: WriteRequest): Promise<WriteOutcome> {
  const { intents, send } = parts;
  const { changes, ...rest } = request;
  const opened = await intents.openIntents({
    ...rest,
    intents: changes.map(toIntent),
  });
  if (opened.kind === 'superseded') return opened;
  const at = parts.now();
  const outcome = await send(changes.map((change) => toUpdate(parts.layout, request, { change, at })));
  const written = new Set(
    await findApplied(
      parts,
      request,
      outcome.conflicts.map(({ id, location }) => ({ id, location })),
    ),
  );
  const conflicts = outcome.conflicts.filter(({ id }) => !written.has(id)).map(({ id }) => id);
  for (const { id } of outcome.applied) written.add(id);
  const refused = outcome.refused.map(({ update, reason }) => ({ id: update.id, reason }));
  // Not what conflicts: it is opened again for what it will be, or another attempt of this batch has done so by now.
  await intents.settleIntents(request.runId, request.scan, {
    applied: [...written],
    dropped: refused.map(({ id }) => id),
  });
  const reverted = opened.reverted.filter(({ id }) => written.has(id));
  return {
    kind: 'written',
    written: written.size,
    conflicts,
    reverted: reverted.reduce((sum, { values }) => sum + values, 0),
    refused,
  };
}

function toIntent(change: ProfileChange): WriteIntent {
  const { id, entered, left } = change;
  const { location, stamp } = versionOf(change);
  return {
    id,
    version: toPlaceText(location),
    entered,
    left,
    stamp: stamp === null ? null : { runId: stamp.runId, scans: stamp.scans },
  };
}

function toUpdate(
  layout: Layout,
  { runId, scan }: RunScan,
  { change, at }: { readonly change: ProfileChange; readonly at: Date },
): Update {
  const { id, segments, entered, left } = change;
  const { location, stamp } = versionOf(change);
  const own = stampJson(nextStamp(stamp, { runId, scan, entered, left }));
  const doc = merge([
    { [layout.segmentsField]: segments },
    nest(layout.stampPath, own),
    ...(layout.segmentedAtPath === null ? [] : [nest(layout.segmentedAtPath, at.toISOString())]),
  ]);
  return { id, location, doc };
}

function merge(parts: readonly Record<string, unknown>[]): Record<string, unknown> {
  const merged: Record<string, unknown> = {};
  for (const part of parts) {
    for (const [key, value] of Object.entries(part)) {
      const known = merged[key];
      merged[key] = isRecord(known) && isRecord(value) ? merge([known, value]) : value;
    }
  }
  return merged;
}

/** Of these documents, the ids whose stamp says that this scan of the run has written them. */
export async function findApplied(
  { client, layout }: Pick<WriteParts, 'client' | 'layout'>,
  { runId, scan }: RunScan,
  written: readonly { readonly id: string; readonly location: Location }[],
): Promise<readonly string[]> {
  const places = written.map(({ location }) => location);
  const documents = await getDocuments(client, places, [layout.stampPath.join('.')]);
  const stamped = new Set(
    documents
      .filter(({ source }) => {
        const stamp = isRecord(source) ? readStamp(valueAt(source, layout.stampPath)) : null;
        return stamp?.runId === runId && stamp.scans.includes(scan);
      })
      .map(({ location }) => keyOf(location)),
  );
  return written.filter(({ location }) => stamped.has(keyOf(location))).map(({ id }) => id);
}

function keyOf({ index, docId }: Location): string {
  return `${index}/${docId}`;
}

/**
 * What earlier attempts left open is decided by the stamps. For a batch only what a stamp proves: an attempt that is
 * believed dead may have a write on its way, which a busy server carries out after we have looked. The batch opens the
 * rest again, or leaves it to the end of its run, when nothing can be on its way any more.
 */
export async function settleWrites(
  parts: WriteParts,
  runId: string,
  batch: number | undefined,
): Promise<void> {
  const open = await parts.intents.readOpenIntents(runId, batch);
  for (const scan of ['conditions', 'workflows'] as const) {
    const own = open
      .filter((intent) => intent.scan === scan)
      .map(({ id, version }) => ({ id, location: fromPlaceText(version) }));
    if (own.length === 0) continue;
    const applied = new Set(await findApplied(parts, { runId, scan }, own));
    const unproven = own.map(({ id }) => id).filter((id) => !applied.has(id));
    const dropped = batch === undefined ? unproven : [];
    await parts.intents.settleIntents(runId, scan, { applied: [...applied], dropped });
  }
}
