import type { Command } from 'commander';
import { counted } from '../../domain/counted.ts';
import { findDuplicateProfiles } from '../../workers/open-profiles.ts';
import { execute, rowLimit, strataCommand } from '../command.ts';
import type { CommonOptions, Context } from '../context.ts';
import { EXIT } from '../exit.ts';
import { table } from '../output.ts';

interface CheckProfilesOptions extends CommonOptions {
  readonly limit: number;
}

export function checkProfilesCommand(): Command {
  return strataCommand(
    'profiles',
    'Finds ids that live in two documents, as after a month’s change in Tracardi',
    'check profiles --limit 20',
  )
    .option('--limit <n>', 'how many to show', rowLimit, 20)
    .action((options: CheckProfilesOptions) =>
      execute(options, (context) => checkProfiles(context, options)),
    );
}

async function checkProfiles(
  { config, json, print }: Context,
  { limit }: CheckProfilesOptions,
): Promise<number> {
  const report = await findDuplicateProfiles(config, limit);
  const { profiles, duplicates, shown } = report;
  if (json) print(JSON.stringify(report, null, 2));
  else {
    const rows = shown.flatMap(({ id, copies }) =>
      copies.map(({ index, updatedAt }, place) => [id, index, updatedAt, place === 0 ? 'decides' : '']),
    );
    if (rows.length > 0) print(table(['profile', 'index', 'updated', ''], rows));
    print(
      duplicates === 0
        ? `${counted(profiles, 'profile')}, each in one document`
        : `${duplicates.toLocaleString('en')} ids live in several documents; the one updated last decides, the others keep their membership`,
    );
  }
  return duplicates === 0 ? EXIT.done : EXIT.failed;
}
