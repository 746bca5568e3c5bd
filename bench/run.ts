/** `npm run bench -- NAME [options]` runs one benchmark; without a name, all of them one after another. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ALL = ['conditions', 'live-embedded', 'live-elastic', 'scaling', 'orchestration'];

const [name, ...options] = process.argv.slice(2);
const chosen = name === undefined || name.startsWith('--') ? ALL : [name];
for (const bench of chosen) {
  if (!ALL.includes(bench)) throw new Error(`there is no benchmark "${bench}"; there are ${ALL.join(', ')}`);
  const file = fileURLToPath(new URL(`./${bench}.ts`, import.meta.url));
  const { status } = spawnSync(
    process.execPath,
    ['--import', 'tsx', file, ...(name === bench ? options : [])],
    { stdio: 'inherit' },
  );
  if (status !== 0) process.exit(status ?? 1);
}
