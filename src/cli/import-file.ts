import { createReadStream } from 'node:fs';
import type { ImportedTransactions, TransactionImport } from '../api/operations.ts';

export function importFile(
  { importTransactions }: { readonly importTransactions: TransactionImport },
  file: string,
  columns: readonly string[] | undefined,
): Promise<ImportedTransactions> {
  return importTransactions({
    stream: createReadStream(file),
    ...(columns === undefined ? {} : { columns }),
  });
}
