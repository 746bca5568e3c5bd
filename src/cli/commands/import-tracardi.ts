import type { Command } from 'commander';
import { UserError } from '../../domain/errors.ts';
import { importInstallation } from '../../domain/tracardi/import-installation.ts';
import { unpackFlow } from '../../schedules/unpack-flow.ts';
import { readTracardi } from '../../workers/read-tracardi.ts';
import { execute, strataCommand } from '../command.ts';
import type { CommonOptions, Context } from '../context.ts';
import { EXIT } from '../exit.ts';
import { reportLines } from '../import-report.ts';
import { writeNewFiles } from '../write-new-files.ts';

/** Beside the definitions, so that what was said about them stays with them. */
const REPORT_FILE = 'tracardi-import.txt';

interface TracardiOptions extends CommonOptions {
  readonly to: string;
}

export function tracardiCommand(): Command {
  return strataCommand(
    'tracardi',
    'Reads the live segments and flows of a Tracardi installation, and writes them as definitions with a report',
    'import tracardi --to segments',
  )
    .requiredOption('--to <folder>', 'where to write; files that are there already are never overwritten')
    .action((options: TracardiOptions) => execute(options, (context) => importTracardi(context, options.to)));
}

async function importTracardi({ config, json, print }: Context, folder: string): Promise<number> {
  if (config.ELASTIC_HOST === undefined)
    throw new UserError(
      'Tracardi keeps its segments in Elasticsearch: set ELASTIC_HOST, and PRODUCTION, TENANT_NAME and TRACARDI_VERSION as in its containers.',
    );
  const { files, report } = importInstallation(await readTracardi(config), unpackFlow);
  const lines = reportLines(report);
  await writeNewFiles(folder, [...files, { file: REPORT_FILE, content: `${lines.join('\n')}\n` }]);
  if (json) print(JSON.stringify({ folder, files: files.map(({ file }) => file), report }, null, 2));
  else for (const line of [...lines, `${folder} has them, and this as ${REPORT_FILE}`]) print(line);
  return EXIT.done;
}
