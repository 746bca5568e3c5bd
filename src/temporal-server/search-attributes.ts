import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '@temporalio/client';
import { UserError } from '../domain/errors.ts';
import { grpcAnswer } from './grpc-answer.ts';

/** The numbers of `IndexedValueType` in Temporal's API. */
const TYPE_NUMBERS = {
  Text: 1,
  Keyword: 2,
  Int: 3,
  Double: 4,
  Bool: 5,
  Datetime: 6,
  KeywordList: 7,
} as const;

export type SearchAttributeTypeName = keyof typeof TYPE_NUMBERS;
export type SearchAttributes = Readonly<Record<string, SearchAttributeTypeName>>;

const POLL_MS = 200;
/** Servers cache the list; 12 s were seen on a server with PostgreSQL. */
const USABLE_WITHIN_MS = 60_000;

/** Makes the attributes exist and waits until queries may name them. Safe to repeat and to race with itself. */
export async function registerSearchAttributes(
  connection: Connection,
  namespace: string,
  attributes: SearchAttributes,
): Promise<void> {
  const missing = missingFrom(await listAttributes(connection, namespace), attributes);
  if (missing.length > 0) await add(connection, namespace, missing);
  await untilUsable(connection, namespace, attributes);
}

type Entry = readonly [name: string, type: SearchAttributeTypeName];

function missingFrom(existing: ReadonlyMap<string, number>, attributes: SearchAttributes): Entry[] {
  return toEntries(attributes).filter(([name, type]) => {
    const typeNumber = existing.get(name);
    if (typeNumber === undefined || typeNumber === TYPE_NUMBERS[type]) return typeNumber === undefined;
    throw new UserError(
      `Temporal's search attribute ${name} is of type ${typeName(typeNumber)}, and Strata needs ${type}: ` +
        'remove it with `temporal operator search-attribute remove`, or use another namespace',
    );
  });
}

async function add(connection: Connection, namespace: string, entries: readonly Entry[]): Promise<void> {
  const searchAttributes = Object.fromEntries(entries.map(([name, type]) => [name, TYPE_NUMBERS[type]]));
  try {
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
  } catch (error) {
    if (grpcAnswer(error)?.status === 'ALREADY_EXISTS') return;
    const wanted = entries.map(([name, type]) => `${name}=${type}`).join(', ');
    throw new UserError(
      `Temporal refused to make the search attributes ${wanted} in namespace ${namespace} (${toText(error)}): ` +
        'have somebody who may do so make them',
      { cause: error },
    );
  }
}

async function untilUsable(
  connection: Connection,
  namespace: string,
  attributes: SearchAttributes,
): Promise<void> {
  const query = Object.keys(attributes)
    .map((name) => `${name} IS NOT NULL`)
    .join(' AND ');
  const deadline = Date.now() + USABLE_WITHIN_MS;
  while (!(await isUsable(connection, { namespace, query, attributes }))) {
    if (Date.now() > deadline) {
      throw new UserError(
        `Temporal took the search attributes ${Object.keys(attributes).join(', ')} but does not know them after ` +
          `${USABLE_WITHIN_MS / 1000} s`,
      );
    }
    await delay(POLL_MS);
  }
}

interface Usage {
  readonly namespace: string;
  readonly query: string;
  readonly attributes: SearchAttributes;
}

async function isUsable(connection: Connection, { namespace, query, attributes }: Usage): Promise<boolean> {
  if (missingFrom(await listAttributes(connection, namespace), attributes).length > 0) return false;
  try {
    await connection.workflowService.countWorkflowExecutions({ namespace, query });
    return true;
  } catch (error) {
    if (grpcAnswer(error)?.status === 'INVALID_ARGUMENT') return false;
    throw error;
  }
}

async function listAttributes(connection: Connection, namespace: string): Promise<Map<string, number>> {
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    return new Map(Object.entries(customAttributes ?? {}).map(([name, type]) => [name, Number(type)]));
  } catch (error) {
    if (grpcAnswer(error)?.status !== 'NOT_FOUND') throw error;
    throw new UserError(`Temporal has no namespace ${namespace}`, { cause: error });
  }
}

function toEntries(attributes: SearchAttributes): Entry[] {
  return Object.entries(attributes);
}

function typeName(typeNumber: number): string {
  return Object.entries(TYPE_NUMBERS).find(([, number]) => number === typeNumber)?.[0] ?? String(typeNumber);
}

function toText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
