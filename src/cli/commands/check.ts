import type { Command } from 'commander';
import { counted } from '../../domain/counted.ts';
import { toDateFields } from '../../domain/condition/fields.ts';
import { dateFieldWarnings } from '../../domain/date-field-warnings.ts';
import { checkDefinitions, describe, type CheckedDefinitions } from '../../domain/definition-set.ts';
import type { DefinitionSource, Problem } from '../../domain/definition.ts';
import { UserError } from '../../domain/errors.ts';
import { readDefinitionFile, readDefinitionsFolder } from '../../schedules/definitions-folder.ts';
import { execute, strataCommand } from '../command.ts';
import type { CommonOptions, Context } from '../context.ts';
import { EXIT } from '../exit.ts';
import { checkProfilesCommand } from './check-profiles.ts';

export function checkCommand(): Command {
  return strataCommand(
    'check',
    'Validates definitions: file, line, column, what was expected',
    'check segments/big-spender.yaml',
  )
    .argument('[files...]', 'definition files; the folder of definitions when left out')
    .action((files: readonly string[], options: CommonOptions) =>
      execute(options, (context) => check(context, files)),
    )
    .addCommand(checkProfilesCommand());
}

async function check(context: Context, files: readonly string[]): Promise<number> {
  const sources =
    files.length > 0
      ? await Promise.all(files.map(readDefinitionFile))
      : await readDefinitionsFolder(context.config.STRATA_SEGMENTS);
  // Of nothing all are valid, and a gate that looks into the wrong folder would let everything through.
  if (sources.length === 0)
    throw new UserError(
      `There are no definitions in ${context.config.STRATA_SEGMENTS}: no file of it ends in .yaml or .yml. --segments names another folder.`,
    );
  const found = checkDefinitions(sources);
  const dateFields = toDateFields(context.config.STRATA_DATE_FIELDS);
  const checked = {
    ...found,
    warnings: [
      ...found.warnings,
      ...dateFieldWarnings(found.definitions, dateFields),
      ...(context.config.ELASTIC_HOST === undefined ? leftOutEmbedded(sources, found) : []),
    ],
  };
  context.print(context.json ? toJson(sources.length, checked) : toText(sources.length, checked));
  return checked.problems.length === 0 ? EXIT.done : EXIT.failed;
}

/** Only told: the workers may have another profile store than the machine that checks. */
function leftOutEmbedded(
  sources: readonly DefinitionSource[],
  { problems }: CheckedDefinitions,
): readonly Problem[] {
  const told = new Set(problems.map(describe));
  return checkDefinitions(sources, { queries: false, valueLimit: null }).problems.filter(
    (problem) => !told.has(describe(problem)),
  );
}

function toJson(files: number, { problems, warnings, definitions }: CheckedDefinitions): string {
  return JSON.stringify(
    { files, valid: definitions.map(({ segment }) => segment.id), problems, warnings },
    null,
    2,
  );
}

function toText(files: number, { problems, warnings, definitions }: CheckedDefinitions): string {
  const lines = [...problems.map(describe), ...warnings.map((warning) => `${describe(warning)} (warning)`)];
  return [
    ...lines,
    `${definitions.length} of ${counted(files, 'definition')} ${files === 1 ? 'is' : 'are'} valid`,
  ].join('\n');
}
