import type { Command } from 'commander';
import { migrateSharedLedger } from '../../workers/open-ledger.ts';
import { execute, strataCommand } from '../command.ts';
import type { CommonOptions, Context } from '../context.ts';
import { EXIT } from '../exit.ts';

export function migrateCommand(): Command {
  return strataCommand(
    'migrate',
    'Brings the schema of the ledger in MYSQL_URL up to date; may be run while workers work',
    'migrate',
  ).action((options: CommonOptions) => execute(options, migrate));
}

async function migrate({ config, json, print }: Context): Promise<number> {
  const migrations = await migrateSharedLedger(config);
  const told = migrations.length === 0 ? 'the ledger is up to date' : `migrated: ${migrations.join(', ')}`;
  print(json ? JSON.stringify({ migrations }) : told);
  return EXIT.done;
}
