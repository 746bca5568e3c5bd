import { startDevServer } from '../../src/temporal-server/dev-server.ts';

/** A process of its own that starts a server and waits to be killed; run by dev-server.test.ts. */
const [, , executable = '', folder = '', port = '', uiPort = ''] = process.argv;
const server = await startDevServer({
  executable,
  databaseFile: `${folder}/temporal.sqlite`,
  logFile: `${folder}/server.log`,
  stateFile: `${folder}/server.json`,
  preferredPort: Number(port),
  preferredUiPort: Number(uiPort),
  report: (line) => process.stderr.write(`${line}\n`),
});
process.stdout.write(`${server.pid}\n`);
