import { renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

/** The build's last step: a worker loads this bundle, and need not make it whenever it starts. */
const DIST = fileURLToPath(new URL('../dist/', import.meta.url));

const { code } = await bundleWorkflowCode({
  workflowsPath: `${DIST}workflows`,
  logger: new DefaultLogger('WARN'),
});
// Never half a bundle, also where the build is interrupted.
writeFileSync(`${DIST}workflow-bundle.js.new`, code);
renameSync(`${DIST}workflow-bundle.js.new`, `${DIST}workflow-bundle.js`);
