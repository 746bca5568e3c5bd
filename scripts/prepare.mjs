import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Runs before `npm start` and `npm test`: installs and builds when that is due, and else takes milliseconds. */
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const LOCK = join(ROOT, 'package-lock.json');
const INSTALLED = join(ROOT, 'node_modules', '.strata-lock');
const BUILT = join(ROOT, 'dist', '.strata-built');
const BUNDLE = join(ROOT, 'dist', 'workflow-bundle.js');
const BUNDLER = join(ROOT, 'scripts', 'bundle-workflows.mjs');
const OLDEST_NODE = [20, 19];

requireNode();
if (!isInstalled()) install();
if (!isBuilt()) build();

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  fail(
    `Strata needs Node ${OLDEST_NODE.join('.')} or newer, and this is ${process.versions.node} (${process.execPath})`,
  );
}

function isInstalled() {
  if (existsSync(INSTALLED)) return readFileSync(INSTALLED, 'utf8') === hashOfLock();
  // Somebody ran `npm install` by hand: npm's own record says whether that was after the lock's last change.
  const record = join(ROOT, 'node_modules', '.package-lock.json');
  if (!existsSync(record) || statSync(record).mtimeMs < statSync(LOCK).mtimeMs) return false;
  writeFileSync(INSTALLED, hashOfLock());
  return true;
}

function install() {
  say('installing packages (npm install)');
  // The log level is given because the project's own one is silent, and errors have to be seen.
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=notice'];
  const npm = process.env.npm_execpath;
  const status =
    npm === undefined
      ? run('npm', args, process.platform === 'win32')
      : run(process.execPath, [npm, ...args]);
  if (status !== 0) fail('the packages could not be installed: see above');
  writeFileSync(INSTALLED, hashOfLock());
}

function isBuilt() {
  if (!existsSync(BUILT) || !existsSync(BUNDLE)) return false;
  const builtAt = Date.parse(readFileSync(BUILT, 'utf8'));
  const inputs = [BUNDLER, ...['tsconfig.json', 'tsconfig.build.json', 'package-lock.json'].map(inRoot)];
  return [...inputs, ...everythingIn(join(ROOT, 'src'))].every((path) => statSync(path).mtimeMs <= builtAt);
}

function build() {
  say('building (tsc, and the bundle of the workflows)');
  // Taken before, so that a file saved while the compiler runs is built the next time.
  const startedAt = new Date();
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  for (const step of [[tsc, '-p', 'tsconfig.build.json'], [BUNDLER]])
    if (run(process.execPath, step) !== 0) fail('the build failed: see above');
  writeFileSync(BUILT, startedAt.toISOString());
}

function inRoot(name) {
  return join(ROOT, name);
}

/** Folders too: their time changes when a file in them is removed. */
function everythingIn(folder) {
  const inside = readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name)));
  return [folder, ...inside];
}

function hashOfLock() {
  return createHash('sha256').update(readFileSync(LOCK)).digest('hex');
}

/** Standard output belongs to the command that follows, which may print one JSON document. */
function run(file, args, shell = false) {
  const { status, error } = spawnSync(file, args, { cwd: ROOT, stdio: ['ignore', 2, 2], shell });
  if (error !== undefined) fail(`${file} could not be run: ${error.message}`);
  return status;
}

function say(line) {
  process.stderr.write(`strata: ${line}\n`);
}

function fail(line) {
  say(line);
  process.exit(1);
}
