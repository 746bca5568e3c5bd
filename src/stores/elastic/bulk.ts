import type { Client, estypes } from '@elastic/elasticsearch';
import { waitFor, withBackoff } from './backoff.ts';
import type { Location } from './version.ts';

/** A partial document for the place and state it was read from. */
export interface Update {
  readonly id: string;
  readonly location: Location;
  readonly doc: Readonly<Record<string, unknown>>;
}

/** What became of each update. */
export interface BulkOutcome {
  readonly applied: readonly Update[];
  /** The document has changed, or is gone, or an earlier send of this very update has changed it. */
  readonly conflicts: readonly Update[];
  /** The server will never take it: the mapping refuses the field, for instance. */
  readonly refused: readonly { readonly update: Update; readonly reason: string }[];
}

/** Measured best on one node: bodies of one to two thousand updates, two under way. */
const BODY_UPDATES = 1_500;
const BODY_BYTES = 5 * 1_048_576;
const MAX_IN_FLIGHT = 2;
/** All that is read of an answer. */
const ANSWER = ['items.update.status', 'items.update.error'];
/** Sends of an update that the server was too busy for. */
const MAX_SENDS = 8;

/** Sends updates for all batches of a process, so that what is under way is bounded and shrinks under pressure. */
export type SendUpdates = (updates: readonly Update[]) => Promise<BulkOutcome>;

export function createBulk(client: Client): SendUpdates {
  const gate = createGate();

  async function send(updates: readonly Update[]): Promise<BulkOutcome> {
    const bodies = cutBodies(updates);
    const outcomes = await Promise.all(
      bodies.map((body) => gate.pass((slow) => sendBody(client, body, slow))),
    );
    return {
      applied: outcomes.flatMap(({ applied }) => applied),
      conflicts: outcomes.flatMap(({ conflicts }) => conflicts),
      refused: outcomes.flatMap(({ refused }) => refused),
    };
  }

  return send;
}

async function sendBody(client: Client, body: readonly Line[], slow: () => void): Promise<BulkOutcome> {
  const applied: Update[] = [];
  const conflicts: Update[] = [];
  const refused: { update: Update; reason: string }[] = [];
  let todo = body;
  for (let sends = 1; todo.length > 0; sends += 1) {
    const again: Line[] = [];
    const operations = todo.flatMap(({ lines }) => lines);
    const { items } = await withBackoff(() => client.bulk({ operations, filter_path: ANSWER }), slow);
    for (const [index, each] of todo.entries()) {
      const { update } = each;
      const { status = 500, error } = items[index]?.update ?? {};
      if (status < 300) applied.push(update);
      else if (status === 409 || status === 404) conflicts.push(update);
      else if (status !== 429 && status < 500) refused.push({ update, reason: reasonOf(error) });
      else if (sends < MAX_SENDS) again.push(each);
      else throw new Error(`Elasticsearch did not take updates in ${sends} sends: ${reasonOf(error)}`);
    }
    todo = again;
    if (again.length > 0) {
      slow();
      await waitFor(sends);
    }
  }
  return { applied, conflicts, refused };
}

function reasonOf(error: estypes.ErrorCause | undefined): string {
  const cause = error?.caused_by?.reason;
  return `${error?.reason ?? error?.type ?? 'no reason given'}${cause === undefined || cause === null ? '' : ` (${cause})`}`;
}

/** An update as the request's body holds it: written once, measured and sent from that. */
interface Line {
  readonly update: Update;
  readonly lines: readonly [action: string, doc: string];
}

function toLine(update: Update): Line {
  const { location, doc } = update;
  const { index, docId, routing, seqNo, primaryTerm } = location;
  const target = { _index: index, _id: docId, if_seq_no: seqNo, if_primary_term: primaryTerm };
  const action = { update: routing === null ? target : { ...target, routing } };
  return { update, lines: [JSON.stringify(action), JSON.stringify({ doc })] };
}

function cutBodies(updates: readonly Update[]): readonly (readonly Line[])[] {
  const bodies: Line[][] = [];
  let body: Line[] = [];
  let bytes = 0;
  for (const update of updates) {
    const line = toLine(update);
    const size = line.lines[1].length;
    if (body.length > 0 && (body.length === BODY_UPDATES || bytes + size > BODY_BYTES)) {
      bodies.push(body);
      body = [];
      bytes = 0;
    }
    body.push(line);
    bytes += size;
  }
  return body.length === 0 ? bodies : [...bodies, body];
}

interface Gate {
  /** Waits for a place; `slow` says that the server was too busy, which halves the places. */
  pass<T>(work: (slow: () => void) => Promise<T>): Promise<T>;
}

/** Grows back by one place after this many bodies without a refusal. */
const CALM_BODIES = 20;

function createGate(): Gate {
  const waiting: (() => void)[] = [];
  let places = MAX_IN_FLIGHT;
  let taken = 0;
  let calm = 0;

  function slow(): void {
    places = Math.max(1, Math.floor(places / 2));
    calm = 0;
  }

  async function pass<T>(work: (slow: () => void) => Promise<T>): Promise<T> {
    while (taken >= places) await new Promise<void>((resolve) => waiting.push(resolve));
    taken += 1;
    try {
      const answer = await work(slow);
      calm += 1;
      if (calm >= CALM_BODIES && places < MAX_IN_FLIGHT) {
        places += 1;
        calm = 0;
      }
      return answer;
    } finally {
      taken -= 1;
      waiting.shift()?.();
    }
  }

  return { pass };
}
