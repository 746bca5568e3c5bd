import { readConfig } from '../../src/config.ts';
import { grpcAnswer } from '../../src/temporal-server/grpc-answer.ts';
import { startRuntime } from '../../src/workers/runtime.ts';

/** A process of its own that stops its runtime while nobody waits for one of its calls; run by runtime.test.ts. */
const { env } = process;
const runtime = await startRuntime({
  config: readConfig(env),
  env,
  report: (line) => process.stderr.write(`${line}\n`),
});
const run = await runtime.client.workflow.start('nobody', { taskQueue: 'nobody', workflowId: 'nobody' });
run.result().catch((error: unknown) => {
  process.stdout.write(`${grpcAnswer(error)?.status ?? String(error)}\n`);
});
await runtime.stop();
process.stderr.write('stopped\n');
