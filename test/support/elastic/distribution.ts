import { constants } from 'node:fs';
import { access, chmod, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { runCommand } from '../../../src/temporal-server/run-command.ts';

/** Keep equal to the version of the client. */
export const ELASTIC_VERSION = '8.19.2';

/** Not under a home folder: the server of a root user runs as nobody, who must reach it. */
export const ELASTIC_FOLDER = join('/var/tmp', `strata-${userInfo().username}`);

const ARTIFACT = 'org.elasticsearch.distribution.integ-test-zip:elasticsearch';
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy';
const DEBIAN_PACKAGES = ['maven', 'openjdk-17-jre-headless', 'unzip'];
const FETCH_LIMIT_MS = 600_000;

type Report = (line: string) => void;

/** The unpacked server from Maven Central: fetched once a machine and user, 100 MB. */
export async function findDistribution(version: string, report: Report): Promise<string> {
  const home = join(ELASTIC_FOLDER, `elasticsearch-${version}`);
  await provideTools(report);
  if (await isThere(join(home, 'bin', 'elasticsearch'))) return home;
  await makeOwnFolder();
  report(`fetching Elasticsearch ${version} from Maven Central into ${ELASTIC_FOLDER}, 30 to 100 MB, once …`);
  const folder = await mkdtemp(join(ELASTIC_FOLDER, 'fetch-'));
  try {
    await run('mvn', [
      '-q',
      '-B',
      '-ntp',
      COPY,
      `-Dartifact=${ARTIFACT}:${version}:zip`,
      `-DoutputDirectory=${folder}`,
    ]);
    const [zip] = (await readdir(folder)).filter((file) => file.endsWith('.zip'));
    if (zip === undefined) throw new Error(`Maven left no archive of Elasticsearch ${version}`);
    await run('unzip', ['-q', join(folder, zip), '-d', folder]);
    // Archives of 7.x are readable for their owner only, who is not who runs the server.
    await run('chmod', ['-R', 'a+rX', folder]);
    // Renamed when it is whole: a fetch that broke off never looks finished.
    await rename(join(folder, `elasticsearch-${version}`), home).catch(async (error: unknown) => {
      if (!(await isThere(join(home, 'bin', 'elasticsearch')))) throw error;
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return home;
}

async function makeOwnFolder(): Promise<void> {
  await mkdir(ELASTIC_FOLDER, { recursive: true });
  await chmod(ELASTIC_FOLDER, 0o755);
  const { uid } = await stat(ELASTIC_FOLDER);
  if (uid !== userInfo().uid) throw new Error(`${ELASTIC_FOLDER} belongs to another user (uid ${uid})`);
}

/** What fetching and starting need. A Debian root installs it, as CI on a bare image does; others are told. */
async function provideTools(report: Report): Promise<void> {
  const missing = await missingTools();
  if (missing.length === 0) return;
  if (userInfo().uid !== 0 || !(await isOnPath('apt-get'))) throw new Error(lacking(missing));
  report(`installing ${DEBIAN_PACKAGES.join(', ')} with apt-get: ${missing.join(', ')} missing …`);
  await run('apt-get', ['-qq', 'update']);
  await run('apt-get', ['-qq', '-y', '--no-install-recommends', 'install', ...DEBIAN_PACKAGES]);
}

function lacking(tools: readonly string[]): string {
  return `${tools.join(', ')} not found. Elasticsearch for tests comes from Maven Central and needs Maven, Java 17 or newer and unzip (on Debian: apt-get install ${DEBIAN_PACKAGES.join(' ')}).`;
}

async function missingTools(): Promise<readonly string[]> {
  const tools = ['mvn', 'java', 'unzip'];
  const found = await Promise.all(tools.map(isOnPath));
  return tools.filter((_, index) => found[index] === false);
}

async function isOnPath(name: string): Promise<boolean> {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const found = await Promise.all(folders.map((folder) => isThere(join(folder, name))));
  return found.includes(true);
}

function isThere(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

function run(file: string, args: readonly string[]): Promise<string> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return runCommand(file, args, { env, cwd: '/', timeoutMs: FETCH_LIMIT_MS });
}
