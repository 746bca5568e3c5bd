import { access, constants, stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { counted } from '../../domain/counted.ts';
import { reasonOf, UserError } from '../../domain/errors.ts';
import { refuseImport } from '../../workers/open-stores.ts';
import { commandGroup, execute, strataCommand } from '../command.ts';
import type { CommonOptions, Context } from '../context.ts';
import { EXIT } from '../exit.ts';
import { withReads } from '../session.ts';
import { tracardiCommand } from './import-tracardi.ts';

interface ImportOptions extends CommonOptions {
  readonly columns?: string;
}

export function importCommand(): Command {
  const transactions = strataCommand(
    'transactions',
    'Imports purchases: one profile per customer, and the table orders',
    'import transactions purchases.txt.gz --columns user_id,order_date,units,amount',
  )
    .argument('<file>', 'CSV with a header, or with --columns blank-separated text without one; .gz accepted')
    .option('--columns <names>', 'the columns of a file without a header, comma-separated')
    .action((file: string, options: ImportOptions) =>
      execute(options, (context) => importTransactions(context, file, options)),
    );
  return commandGroup('import', 'Imports purchases, or the segments of a Tracardi installation')
    .addCommand(transactions)
    .addCommand(tracardiCommand());
}

async function importTransactions(
  context: Context,
  file: string,
  { columns }: ImportOptions,
): Promise<number> {
  // Before a store is opened: it need not even be there.
  if (context.config.ELASTIC_HOST !== undefined) return refuseImport();
  await access(file, constants.R_OK).catch((error: unknown) => {
    throw new UserError(`${file} cannot be read: ${reasonOf(error)}.`, { cause: error });
  });
  if (!(await stat(file)).isFile())
    throw new UserError(`${file} is not a file: name the file with the purchases.`);
  const names = columns?.split(',').map((name) => name.trim());
  const result = await withReads(context, (session) => session.importTransactions(file, names), {
    makesData: true,
  });
  if (context.json) context.print(JSON.stringify(result, null, 2));
  else {
    if (result.alreadyImported) context.print('this file was imported before; nothing changed');
    context.print(
      `${counted(result.orders, 'order')}, ${counted(result.profiles, 'profile')} (${result.newProfiles.toLocaleString('en')} new), ${counted(result.badRows, 'bad row')}`,
    );
    for (const { line, reason, text } of result.samples) context.print(`line ${line}: ${reason}: ${text}`);
    if (result.badRows > result.samples.length)
      context.print(`… and ${counted(result.badRows - result.samples.length, 'more bad row')}`);
  }
  return result.badRows === 0 ? EXIT.done : EXIT.exceptions;
}
